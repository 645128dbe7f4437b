import { z } from "zod";

import type { Ref, Standing, Standings } from "./release";

const healthyRevision = z.object({ revision: z.string(), since: z.string(), until: z.string().optional() });

const sourceOutput = z.object({
    /** The repository's web page, or its URL if it is not a repository of the owner. */
    repository: z.string(),
    branch: z.string().optional(),
    tag: z.string().optional(),
    semver: z.string().optional(),
    /** The tag's commit when the stack took the release. */
    commit: z.string().optional(),
    exemption: z.object({ kind: z.enum(["rollback", "hotfix"]), reason: z.string() }).optional(),
    suspended: z.boolean().optional(),
    /** The revision that Flux fetched, such as `main@sha1:<commit>`, if it is not the pinned one. */
    fetched: z.string().optional(),
});

const kustomizationOutput = z.object({
    source: z.string(),
    path: z.string(),
    suspended: z.boolean().optional(),
    /**
     * The revision that Flux applied (and found healthy, with `wait`), if it is not the one its source is pinned to.
     */
    applied: z.string().optional(),
});

/** The outputs of a stack. Its program writes them; other stacks and the CLI commands read them. */
export const outputsSchema = z.object({
    environment: z.string(),
    fluxVersion: z.string(),
    cluster: z.object({ context: z.string(), uid: z.string() }),
    credentials: z.object({
        github: z.object({ expires: z.string().optional() }),
        flux: z.object({ identity: z.enum(["deployKey", "token", "githubApp"]), expires: z.string().optional() }),
    }),
    sources: z.record(z.string(), sourceOutput),
    kustomizations: z.record(z.string(), kustomizationOutput),
    /** The revisions at which the cluster was healthy, by source, newest first. Downstream stacks read them. */
    evidence: z.record(z.string(), z.array(healthyRevision)),
});

export type StackOutputs = z.infer<typeof outputsSchema>;
export type SourceOutput = z.infer<typeof sourceOutput>;
export type KustomizationOutput = z.infer<typeof kustomizationOutput>;

/** Returns the standing of each source in the stack's last outputs; undefined if this program did not write them. */
export function recordedStandings(
    outputs: unknown,
): { readonly cluster: string; readonly sources: Standings } | undefined {
    const { success, data } = outputsSchema.safeParse(outputs);
    if (!success) {
        return undefined;
    }
    const standings = Object.entries(data.sources).flatMap(([name, source]): [string, Standing][] => {
        const { branch, tag, commit, exemption } = source;
        if (branch !== undefined) {
            return [[name, { branch }]];
        }
        return tag === undefined || commit === undefined
            ? []
            : [[name, { tag, commit, ...(exemption && { exemption }) }]];
    });
    return { cluster: data.cluster.uid, sources: Object.fromEntries(standings) };
}

/** The revision of a tag with a commit, in Flux's format; undefined for any other ref. */
export function pinnedRevision(ref: Ref | { readonly tag?: string; readonly commit?: string }): string | undefined {
    const { tag, commit } = ref as { readonly tag?: string; readonly commit?: string };
    return tag === undefined || commit === undefined ? undefined : `${tag}@sha1:${commit}`;
}

/** The revision that a Kustomization had applied at the last update; undefined if there was none. */
export function appliedRevision({ sources, kustomizations }: StackOutputs, name: string): string | undefined {
    const { source = "", suspended, applied } = kustomizations[name] ?? {};
    const { tag, commit, suspended: stopped } = sources[source] ?? {};
    const isPinned = tag !== undefined && commit !== undefined && !suspended && !stopped;
    return applied ?? (isPinned ? pinnedRevision({ tag, commit }) : undefined);
}
