import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ImageAutomationConfig } from "../config/imageAutomation";
import { required } from "../domain/records";
import { type Address, Credential, type reader } from "./credential";
import { firstWait, fluxMetadata } from "./fluxMetadata";
import type { Hooks } from "./hooks";
import { Source } from "./source";

export interface ImageAutomationArgs extends Omit<ReturnType<typeof reader>, "identity" | "access"> {
    imageAutomation: ImageAutomationConfig;
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The stack's own repositories, with `apps` among them. */
    repositories: Readonly<Record<string, Address & { readonly name: pulumi.Output<string> }>>;
    hooks: Pick<Hooks, "waitForFlux" | "resumeOnGitHub">;
}

const images = "image.toolkit.fluxcd.io/v1";
const timeoutSeconds = 120;
const gitRepositoryName = "apps-image-updates";

/** A GitRepository that only image automation uses. */
const unfetched = {
    repository: undefined,
    url: undefined,
    promoted: false,
    exemption: undefined,
    timeout: "60s",
    verify: undefined,
    shard: undefined,
    suspend: true,
};

/** https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template */
const messageTemplate = `Update images

{{ range .Changed.Changes }}- {{ .OldValue }} -> {{ .NewValue }}
{{ end }}`;

/**
 * Looks for new tags of images and proposes them on a separate branch. It has its own key, because Flux's key to the
 * repository can only read.
 */
export class ImageAutomation extends pulumi.ComponentResource {
    constructor(name: string, args: ImageAutomationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:ImageAutomation", name, args.imageAutomation, opts);
        const { namespace, hooks, secret, sshHostKeys, sshHost, github } = args;
        const repository = required(args.repositories, "apps");
        const title = `${args.title}-image-updates`;
        const { branch, base, interval, policies, generation, suspend } = args.imageAutomation;
        const identity = { kind: "deployKey", generation } as const;
        const child = { parent: this };
        const awaited = { ...child, ...firstWait, hooks: { onError: [hooks.waitForFlux] } };
        const stopped = suspend && { suspend: true };
        const metadata = (object: string) =>
            fluxMetadata(object, { namespace, suspended: suspend, timeoutSeconds }, "condition=Ready");

        // Only its address and its key are used. It is suspended so that source-controller does not fetch with a key
        // that may write.
        const read = { identity, secret, sshHostKeys, sshHost, github };
        const written = { repository: repository.name, address: repository, title, access: "write", hooks } as const;
        const credential = new Credential(name, { ...read, ...written }, child);
        const ref = { branch: base };
        const settings = { ...unfetched, name: gitRepositoryName, ref, interval };
        const sourceArgs = { settings, found: undefined, credential, namespace, suspended: new Set<string>(), hooks };
        const source = new Source(gitRepositoryName, sourceArgs, child);
        const looked = Object.entries(policies).map(([policy, { image, semver: range }]) => {
            const scanned = new k8s.apiextensions.CustomResource(
                `${name}-${policy}-repository`,
                {
                    apiVersion: images,
                    kind: "ImageRepository",
                    metadata: metadata(policy),
                    spec: { image, interval, ...stopped },
                },
                awaited,
            );
            return new k8s.apiextensions.CustomResource(
                `${name}-${policy}-policy`,
                {
                    apiVersion: images,
                    kind: "ImagePolicy",
                    metadata: metadata(policy),
                    spec: {
                        imageRepositoryRef: { name: scanned.metadata.name },
                        policy: { semver: { range } },
                        ...stopped,
                    },
                },
                awaited,
            );
        });
        new k8s.apiextensions.CustomResource(
            `${name}-update`,
            {
                apiVersion: images,
                kind: "ImageUpdateAutomation",
                metadata: metadata("apps"),
                spec: {
                    interval,
                    sourceRef: { kind: "GitRepository", name: source.gitRepository.metadata.name },
                    git: {
                        checkout: { ref: { branch: base } },
                        commit: {
                            author: { name: "Flux", email: "fluxcdbot@users.noreply.github.com" },
                            messageTemplate,
                        },
                        push: { branch },
                    },
                    update: { strategy: "Setters", path: "./" },
                    ...stopped,
                },
            },
            { ...awaited, dependsOn: looked },
        );
        this.registerOutputs();
    }
}
