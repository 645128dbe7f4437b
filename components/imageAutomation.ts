import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ImageAutomationConfig } from "../config/imageAutomation";
import { keyCredential } from "./credential";
import { DeployKey } from "./deployKey";
import { explainFluxErrors } from "./fluxErrors";
import { fluxMetadata, gitRepository } from "./gitRepository";

export interface ImageAutomationArgs {
    /** What is proposed, and where; undefined for nothing. */
    imageAutomation: ImageAutomationConfig | undefined;
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The repository of the apps. */
    repository: { name: pulumi.Output<string>; sshUrl: pulumi.Output<string> };
    /** GitHub's SSH host keys, each as `<algorithm> <key>`. */
    sshHostKeys: readonly string[];
    /** What the deploy key's name on GitHub begins with. */
    title: string;
}

const images = "image.toolkit.fluxcd.io/v1";
const timeout = "2m";

/** https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template */
const messageTemplate = `Update images

{{ range .Changed.Changes }}- {{ .OldValue }} -> {{ .NewValue }}
{{ end }}`;

/** The image automation of a stack that has any. */
export function imageAutomation(
    name: string,
    { imageAutomation: config, ...args }: ImageAutomationArgs,
    opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
    return config ? [new ImageAutomation(name, { ...args, imageAutomation: config }, opts)] : [];
}

/**
 * What looks for new tags of images, and proposes them on a branch of its own, with a key of its own: Flux's own key to the
 * repository only reads.
 */
export class ImageAutomation extends pulumi.ComponentResource {
    constructor(
        name: string,
        args: ImageAutomationArgs & { imageAutomation: ImageAutomationConfig },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("fluxcd:flux:ImageAutomation", name, args.imageAutomation, opts);
        const { repository, context, namespace, sshHostKeys } = args;
        const { branch, base, interval, policies, generation, suspend } = args.imageAutomation;
        const child = { parent: this };
        const awaited = { ...child, hooks: { onError: [explainFluxErrors(context)] } };
        const stopped = suspend && { suspend: true };
        const metadata = (object: string) => fluxMetadata(object, { namespace, suspend, timeout }, "condition=Ready");

        const title = `${args.title}-image-updates`;
        const keyArgs = { repository: repository.name, title, generation, access: "write" as const };
        const key = new DeployKey(`${name}-deploy-key`, keyArgs, child);
        // Only its address and its key are used: source-controller fetches nothing with a key that may write.
        const source = gitRepository(
            name,
            {
                context,
                namespace,
                repository: "fluxcd-apps-image-updates",
                credential: keyCredential(key, { repository, sshHostKeys }),
                ref: { branch: base },
                sourceInterval: interval,
                timeout,
                suspend: true,
            },
            this,
        );
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
                metadata: metadata("fluxcd-apps"),
                spec: {
                    interval,
                    sourceRef: { kind: "GitRepository", name: source.metadata.name },
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
