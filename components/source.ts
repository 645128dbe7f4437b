import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Source as SourceSettings } from "../config/sources";
import { gitRepositoryKind, gitRepositorySpec } from "../config/specs";
import { seconds } from "../domain/duration";
import type { Ref } from "../domain/release";
import type { Credential } from "./credential";
import { firstWait, fluxMetadata, isSuspended, type Suspended } from "./fluxMetadata";
import type { Hooks } from "./hooks";
import { Verification } from "./verification";

export interface SourceArgs {
    settings: SourceSettings;
    /** The source on GitHub, with the commit of its tag; undefined if this run creates its repository. */
    found: { readonly ref: Ref } | undefined;
    /** The address, and the credential unless the repository is public. */
    credential: Pick<Credential, "url" | "data" | "provider" | "readable">;
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    suspended: Suspended;
    hooks: Pick<Hooks, "waitForFlux">;
}

/** A GitRepository, the Secret with its credential, and the public keys for its signatures. */
export class Source extends pulumi.ComponentResource {
    public readonly name: string;
    public readonly settings: SourceSettings;
    /** The ref, with the commit of a tag. */
    public readonly ref: Ref;
    public readonly gitRepository: k8s.apiextensions.CustomResource;

    constructor(name: string, args: SourceArgs, opts?: pulumi.ComponentResourceOptions) {
        const { settings, found, namespace } = args;
        const ref = found?.ref ?? settings.ref;
        const { url, data, provider, readable } = args.credential;
        const options = pulumi.mergeOptions(opts, { dependsOn: [...readable] });
        super("fluxcd:flux:Source", name, { ...settings, ref, url, namespace }, options);
        this.name = name;
        this.settings = settings;
        this.ref = ref;
        const child = { parent: this };

        // New data creates a new Secret with a new name. Flux changes the address and the credential together, and the
        // old Secret is deleted only after Flux has read with the new one.
        const secret =
            data &&
            new k8s.core.v1.Secret(
                `${name}-secret`,
                { metadata: { namespace }, immutable: true, stringData: data },
                child,
            );
        const verification =
            settings.verify &&
            new Verification(`${name}-verification`, { namespace, source: name, ...settings.verify }, child);
        const suspended = isSuspended(`${gitRepositoryKind.kind} ${name}`, settings.suspend, args.suspended);
        const { shard } = settings;
        // Flux retries a failed fetch, so there is time for two of them.
        const timeoutSeconds = 2 * seconds(settings.timeout);
        this.gitRepository = new k8s.apiextensions.CustomResource(
            `${name}-source`,
            {
                ...gitRepositoryKind,
                metadata: fluxMetadata(name, { namespace, shard, timeoutSeconds, suspended }, "condition=Ready"),
                spec: gitRepositorySpec<pulumi.Input<string>>(
                    { ...settings, ref },
                    { url, secret: secret?.metadata.name, provider, verification },
                ),
            },
            { ...child, ...firstWait, hooks: { onError: [args.hooks.waitForFlux] } },
        );
        this.registerOutputs({ name });
    }
}
