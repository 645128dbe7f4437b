import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Kustomization as KustomizationSettings } from "../config/kustomizations";
import { kustomizationKind, kustomizationSpec } from "../config/specs";
import { seconds } from "../domain/duration";
import { Account } from "./account";
import { DecryptionKeys } from "./decryption";
import { firstWait, fluxMetadata, isSuspended, type Suspended } from "./fluxMetadata";
import type { Hooks } from "./hooks";
import { appliedRevision } from "./revision";
import type { Source } from "./source";

export interface KustomizationArgs {
    settings: KustomizationSettings;
    /** The source that it applies. */
    source: Source;
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The age identities of the stack, one per line, as a secret. */
    ageKeys: pulumi.Output<string>;
    suspended: Suspended;
    hooks: Pick<Hooks, "waitForFlux">;
}

/**
 * A Kustomization, the account that it applies as, and its decryption keys. An update waits until exactly the requested
 * revision is applied.
 */
export class Kustomization extends pulumi.ComponentResource {
    public readonly name: string;
    public readonly settings: KustomizationSettings;
    public readonly object: k8s.apiextensions.CustomResource;
    /** The condition that an update waits for; undefined if it does not wait. */
    public readonly waitFor: string | undefined;

    constructor(name: string, args: KustomizationArgs, opts?: pulumi.ComponentResourceOptions) {
        const { settings, source, namespace, ageKeys } = args;
        super("fluxcd:flux:Kustomization", name, { ...settings, namespace }, opts);
        this.name = name;
        this.settings = settings;
        const child = { parent: this };
        const { rules, shard } = settings;
        const timeoutSeconds = seconds(settings.timeout);

        const account =
            rules && new Account(`${name}-account`, { account: `${name}-reconciler`, namespace, rules }, child);
        const keys =
            settings.decryption === "age"
                ? new DecryptionKeys(`${name}-decryption`, { namespace, kustomization: name, ageKeys }, child)
                : undefined;
        const suspended = isSuspended(`${kustomizationKind.kind} ${name}`, settings.suspend, args.suspended);
        // A suspended source fetches nothing, so there is nothing new to apply.
        const awaited = source.settings.suspend ? undefined : appliedRevision(source.ref);
        const metadata = fluxMetadata(name, { namespace, shard, timeoutSeconds, suspended }, awaited);
        this.waitFor = metadata.annotations["pulumi.com/waitFor"];
        this.object = new k8s.apiextensions.CustomResource(
            `${name}-kustomization`,
            {
                ...kustomizationKind,
                metadata,
                spec: kustomizationSpec<pulumi.Input<string>>(settings, {
                    source: source.gitRepository.metadata.name,
                    serviceAccountName: account?.name ?? settings.serviceAccountName,
                    decryptionSecret: keys?.secret,
                }),
            },
            {
                ...child,
                ...firstWait,
                hooks: { onError: [args.hooks.waitForFlux] },
                dependsOn: account ? [account] : [],
            },
        );
        this.registerOutputs({ name });
    }
}
