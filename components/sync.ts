import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Ref } from "../config";
import type { PolicyRule } from "../config/access";
import { seconds } from "../config/duration";
import type { DecryptionMode } from "../config/decryption";
import type { Exemption } from "../config/exemption";
import type { Verify } from "../config/verification";
import { shardKey } from "../flux/shards";
import { type HealthyRevision, healthyRevisions } from "../promotion/evidence";
import { Account } from "./account";
import type { Credential } from "./credential";
import { Decryption } from "./decryption";
import { explainFluxErrors } from "./fluxErrors";
import { liveKustomization, liveSource } from "./live";
import { appliedRevision } from "./revision";
import { Verification } from "./verification";

export interface SyncArgs {
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The GitRepository's name. */
    repository: string;
    /** What Flux reads the repository with, and where. */
    credential: Credential;
    /** Where to stand in the repository. */
    ref: Ref;
    /** The folder to apply, from the repository's root. */
    path: pulumi.Input<string>;
    /** How often to look for new commits, as a Go duration. */
    sourceInterval: pulumi.Input<string>;
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
    /** The ServiceAccount of Flux's namespace to apply as; without it, kustomize-controller's own, which may do anything. */
    serviceAccountName?: string | undefined;
    /** What the Kustomization may do, by an account that is made for it; without it, by `serviceAccountName`. */
    rules?: readonly PolicyRule[] | undefined;
    /** The values of the variables `${NAME}` in what is applied; without any, `${NAME}` stays as it is. */
    substitute?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    /** The shard of Flux's controllers to reconcile with; without it, the main ones. */
    shard?: string | undefined;
    /** The signatures that a revision must have to be fetched; without it, none. */
    verify?: Verify | undefined;
    /** Who decrypts what SOPS has encrypted; without it, nobody. */
    decryption?: DecryptionMode | undefined;
    /** The age identities of the stack, one a line, for the decryption `age`. A secret. */
    ageKeys: pulumi.Output<string>;
    /** What becomes of the workloads when this object is deleted. */
    deletionPolicy: pulumi.Input<"Orphan" | "MirrorPrune" | "Delete" | "WaitForTermination">;
    /** Stop Flux here: nothing is fetched or applied until this is taken away. What runs goes on running. */
    suspend: boolean;
    /** Why the release went past the rules of promotion, to show it. */
    exemption?: Exemption | undefined;
    /** What must be ready first. */
    after: readonly { readonly name: string }[];
}

/** Where a cluster stands in a repository. */
export interface SyncStatus {
    /** The branch or tag it was told to follow. */
    readonly ref: string;
    /** The commit a tag pointed to when the stack took it; none for a branch, which moves. */
    readonly commit: string | undefined;
    /** Why the release went past the rules of promotion. */
    readonly exemption: Exemption | undefined;
    /** Whether Flux is told to leave it as it is, here or by `flux suspend`. */
    readonly suspended: pulumi.Output<boolean>;
    /** The revision Flux fetched, such as `main@sha1:<commit>`. */
    readonly fetchedRevision: pulumi.Output<string | undefined>;
    /** The revision Flux applied, and with `wait` found healthy. */
    readonly appliedRevision: pulumi.Output<string | undefined>;
    /** The last revisions the cluster was healthy at, newest first, as far as Flux remembers. */
    readonly healthyRevisions: pulumi.Output<HealthyRevision[]>;
}

const gitRepositoryKind = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
const kustomizationKind = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

/**
 * What keeps the cluster true to a folder of a repository: a GitRepository, the Secret it reads with, and a
 * Kustomization. An update is done when the revision it asks for is applied, not while an earlier one still is.
 */
export class Sync extends pulumi.ComponentResource {
    /** The Kustomization's name. */
    public readonly name: string;
    public readonly status: SyncStatus;

    constructor(name: string, args: SyncArgs, opts?: pulumi.ComponentResourceOptions) {
        const { credential, ageKeys, context, ...shown } = args;
        const after = args.after.map((other) => other.name);
        const { url, data, provider } = credential;
        super("fluxcd:flux:Sync", name, { ...shown, after, url }, opts);
        this.name = name;
        const child = { parent: this };
        const awaited = { ...child, hooks: { onError: [explainFluxErrors(context)] } };
        const { namespace, repository, timeout } = args;
        // Flux reports nothing of what is suspended, so there is nothing to wait for.
        const suspend = args.suspend && { suspend: true };
        const metadata = (objectName: string, waitFor: string) => ({
            name: objectName,
            namespace,
            ...(args.shard !== undefined && { labels: { [shardKey]: args.shard } }),
            annotations: {
                ...(!args.suspend && { "pulumi.com/waitFor": waitFor }),
                "pulumi.com/timeoutSeconds": String(seconds(timeout)),
            },
        });

        // Another content is another Secret, under another name: Flux changes from one address and credential to the next at
        // once, and what the old one was made of is deleted only after Flux has read with the new one.
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            { metadata: { namespace }, immutable: true, stringData: data },
            child,
        );
        const verification =
            args.verify && new Verification(`${name}-verification`, { namespace, repository, ...args.verify }, child);
        const gitRepository = new k8s.apiextensions.CustomResource(
            `${name}-source`,
            {
                ...gitRepositoryKind,
                metadata: metadata(repository, "condition=Ready"),
                spec: {
                    url,
                    ref: "tag" in args.ref ? { tag: args.ref.tag } : { branch: args.ref.branch },
                    interval: args.sourceInterval,
                    secretRef: { name: secret.metadata.name },
                    ...verification?.spec,
                    ...(provider !== undefined && { provider }),
                    ...suspend,
                },
            },
            awaited,
        );
        const account =
            args.rules &&
            new Account(`${name}-account`, { account: `${name}-reconciler`, namespace, rules: args.rules }, child);
        const serviceAccountName = account?.name ?? args.serviceAccountName;
        const decryption =
            args.decryption &&
            new Decryption(`${name}-decryption`, { namespace, repository, mode: args.decryption, ageKeys }, child);
        const kustomization = new k8s.apiextensions.CustomResource(
            `${name}-kustomization`,
            {
                ...kustomizationKind,
                metadata: metadata(name, appliedRevision(args.ref)),
                spec: {
                    sourceRef: { kind: gitRepositoryKind.kind, name: gitRepository.metadata.name },
                    path: args.path,
                    interval: args.interval,
                    retryInterval: args.retryInterval,
                    timeout,
                    prune: args.prune,
                    wait: args.wait,
                    deletionPolicy: args.deletionPolicy,
                    ...decryption?.spec,
                    ...(serviceAccountName !== undefined && { serviceAccountName }),
                    ...(args.substitute !== undefined && { postBuild: { substitute: args.substitute } }),
                    ...suspend,
                    ...(after.length > 0 && { dependsOn: after.map((other) => ({ name: other })) }),
                },
            },
            { ...awaited, dependsOn: account ? [account] : [] },
        );

        const afterwards = { ...child, dependsOn: [kustomization] };
        const fetched = liveSource(`${name}-fetched`, gitRepository, afterwards);
        const applied = liveKustomization(`${name}-applied`, kustomization, afterwards);
        this.status = {
            ref: "tag" in args.ref ? args.ref.tag : args.ref.branch,
            commit: "tag" in args.ref ? args.ref.commit : undefined,
            exemption: args.exemption,
            suspended: pulumi
                .all([fetched, applied])
                .apply((objects) => objects.some(({ spec }) => spec?.suspend === true)),
            fetchedRevision: fetched.apply(({ status }) => status?.artifact?.revision),
            appliedRevision: applied.apply(({ status }) => status?.lastAppliedRevision),
            healthyRevisions: applied.apply(({ status }) => healthyRevisions(status?.history)),
        };
        this.registerOutputs({ status: this.status });
    }
}
