import * as pulumi from "@pulumi/pulumi";

import { assertTaken } from "./taken";
import type { Ref } from "../domain/release";
import type { Exemption } from "../domain/release";
import { type HealthyRevision, healthyRevisions } from "../promotion/evidence";
import { type Followed, gitRepository, type GitRepositoryArgs } from "./gitRepository";
import { kustomization, type KustomizationArgs, kustomizationMetadata } from "./kustomization";
import { live } from "./live";

export interface SyncArgs
    extends GitRepositoryArgs, Omit<KustomizationArgs, "kustomization" | "source" | "decryptionPrefix" | "after"> {
    /** Where to stand in the repository. */
    ref: Ref;
    /** Why the release went past the rules of promotion, to show it. */
    exemption?: Exemption | undefined;
    /** What must be ready first. */
    after: readonly { readonly name: string }[];
}

/** Where a cluster stands in a repository. */
export interface SyncStatus {
    /** The branch or tag it was told to follow. */
    readonly ref: pulumi.Output<string>;
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

/**
 * What keeps the cluster true to a folder of a repository: a GitRepository, the Secret it reads with, and a
 * Kustomization. An update is done when the revision it asks for is applied, not while an earlier one still is.
 */
export class Sync extends pulumi.ComponentResource {
    /** The Kustomization's name. */
    public readonly name: string;
    /** The repository, for others that are applied from it. */
    public readonly source: Followed;
    public readonly status: SyncStatus;

    constructor(name: string, args: SyncArgs, opts?: pulumi.ComponentResourceOptions) {
        const { credential, ageKeys, context, ...shown } = args;
        const after = args.after.map((other) => other.name);
        super("fluxcd:flux:Sync", name, { ...shown, after, url: credential.url }, opts);
        this.name = name;
        const { repository, ref, suspend } = args;

        const source = gitRepository(name, args, this);
        this.source = { object: source, ref, suspend };
        const applying = { ...args, kustomization: name, source, decryptionPrefix: repository, after };
        const applier = kustomization(name, applying, { parent: this });

        const waitFor = kustomizationMetadata(applying).annotations["pulumi.com/waitFor"];

        const standing = live({ context, repository, kustomization: name }, [source, applier]);
        this.status = {
            ref: assertTaken(name, { source, kustomization: applier, ref, waitFor }),
            commit: "tag" in ref ? ref.commit : undefined,
            exemption: args.exemption,
            suspended: standing.apply((objects) =>
                [objects.source, objects.kustomization].some((object) => object?.spec?.suspend === true),
            ),
            fetchedRevision: standing.apply((objects) => objects.source?.status?.artifact?.revision),
            appliedRevision: standing.apply((objects) => objects.kustomization?.status?.lastAppliedRevision),
            healthyRevisions: standing.apply((objects) => healthyRevisions(objects.kustomization?.status?.history)),
        };
        this.registerOutputs({ status: this.status });
    }
}
