import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { PolicyRule } from "../config/access";
import type { DecryptionMode } from "../config/decryption";
import type { AnyRef } from "../domain/release";
import { Account } from "./account";
import { Decryption } from "./decryption";
import { explainFluxErrors } from "./fluxErrors";
import { fluxMetadata, gitRepositoryKind, stands } from "./gitRepository";
import { appliedRevision } from "./revision";

export interface KustomizationArgs {
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The Kustomization's name. */
    kustomization: string;
    /** The GitRepository to apply from. */
    source: k8s.apiextensions.CustomResource;
    /** The ref whose revision an update waits for; undefined where its source is suspended, and nothing comes. */
    ref: AnyRef | undefined;
    /** The folder to apply, from the repository's root. */
    path: pulumi.Input<string>;
    /** How often to apply again what stands in Git, as a Go duration. */
    interval: pulumi.Input<string>;
    /** How soon to try again after a failure, as a Go duration. */
    retryInterval: pulumi.Input<string>;
    /** How long the workloads may take to become healthy, and an update to become applied, as a Go duration. */
    timeout: string;
    /** Delete from the cluster what was deleted in Git. */
    prune: pulumi.Input<boolean>;
    /** Wait until everything applied is healthy. */
    wait: pulumi.Input<boolean>;
    /** The namespace of everything that is applied; without it, what Git says. */
    targetNamespace?: string | undefined;
    /** The ServiceAccount of Flux's namespace to apply as; without it, kustomize-controller's own, which may do anything. */
    serviceAccountName?: string | undefined;
    /** What the Kustomization may do, by an account that is made for it; without it, by `serviceAccountName`. */
    rules?: readonly PolicyRule[] | undefined;
    /** The values of the variables `${NAME}` in what is applied; without any, `${NAME}` stays as it is. */
    substitute?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    /** The shard of Flux's controllers to reconcile with; without it, the main ones. */
    shard?: string | undefined;
    /** Who decrypts what SOPS has encrypted; without it, nobody. */
    decryption?: DecryptionMode | undefined;
    /** What the name of the Secret with the age identities begins with. */
    decryptionPrefix: string;
    /** The age identities of the stack, one a line, for the decryption `age`. A secret. */
    ageKeys: pulumi.Output<string>;
    /** What becomes of the workloads when this object is deleted. */
    deletionPolicy: pulumi.Input<"Orphan" | "MirrorPrune" | "Delete" | "WaitForTermination">;
    /** Stop Flux here, or let it go on; without it, as the cluster has it. What runs goes on running. */
    suspend?: boolean | undefined;
    /** The objects that people have suspended, each as `Kustomization apps`; without it, none. */
    suspended?: ReadonlySet<string> | undefined;
    /** The names of the Kustomizations that must be ready first. */
    after: readonly string[];
}

export const kustomizationKind = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

/** The metadata of a Kustomization, with what its update waits for. */
export function kustomizationMetadata(
    args: Pick<
        KustomizationArgs,
        "kustomization" | "namespace" | "shard" | "timeout" | "suspend" | "suspended" | "ref"
    >,
) {
    const suspend = stands(`${kustomizationKind.kind} ${args.kustomization}`, args);
    return fluxMetadata(args.kustomization, { ...args, suspend }, args.ref && appliedRevision(args.ref));
}

/** A folder that Flux applies, the account it applies as and the keys it decrypts with. */
export function kustomization(
    name: string,
    args: KustomizationArgs,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn?: readonly pulumi.Resource[] },
): k8s.apiextensions.CustomResource {
    const { namespace, after, ageKeys, decryptionPrefix: prefix } = args;
    const child = { parent: opts.parent };
    const account =
        args.rules &&
        new Account(`${name}-account`, { account: `${name}-reconciler`, namespace, rules: args.rules }, child);
    const serviceAccountName = account?.name ?? args.serviceAccountName;
    const decryption =
        args.decryption &&
        new Decryption(`${name}-decryption`, { namespace, prefix, mode: args.decryption, ageKeys }, child);
    return new k8s.apiextensions.CustomResource(
        `${name}-kustomization`,
        {
            ...kustomizationKind,
            metadata: kustomizationMetadata(args),
            spec: {
                sourceRef: { kind: gitRepositoryKind.kind, name: args.source.metadata.name },
                path: args.path,
                interval: args.interval,
                retryInterval: args.retryInterval,
                timeout: args.timeout,
                prune: args.prune,
                wait: args.wait,
                deletionPolicy: args.deletionPolicy,
                ...decryption?.spec,
                ...(args.targetNamespace !== undefined && { targetNamespace: args.targetNamespace }),
                ...(serviceAccountName !== undefined && { serviceAccountName }),
                ...(args.substitute !== undefined && { postBuild: { substitute: args.substitute } }),
                ...(args.suspend !== undefined && { suspend: args.suspend }),
                ...(after.length > 0 && { dependsOn: after.map((other) => ({ name: other })) }),
            },
        },
        {
            ...child,
            hooks: { onError: [explainFluxErrors(args.context)] },
            dependsOn: [...(account ? [account] : []), ...(opts.dependsOn ?? [])],
        },
    );
}
