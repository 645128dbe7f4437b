import { z } from "zod";

import type { SourceName } from "./sourceName";

export { type SourceName, sourceNames } from "./sourceName";

/** Where a cluster stands in a repository. One field only: Flux prefers a leftover one silently (fluxcd/flux2#4085). */
export type Ref = { readonly branch: string } | { readonly tag: string; readonly commit?: string };

/** Where a cluster stands in a repository, as Flux has it. One field only: Flux prefers one of several silently. */
export type FurtherRef = { readonly branch: string } | { readonly tag: string } | Unnamed;

type Unnamed = { readonly semver: string } | { readonly commit: string };

export type AnyRef = Ref | Unnamed;

/** Why a release goes past the rules of promotion: it goes back to an earlier one, or cannot wait for them. */
export interface Exemption {
    readonly kind: "rollback" | "hotfix";
    readonly reason: string;
}

/** What a stack stands on in one repository: a release, or a branch that moves by itself. */
export type Standing = Release | { readonly branch: string };

export interface Release {
    readonly tag: string;
    /** The commit the tag pointed to when the stack took it. */
    readonly commit: string;
    readonly exemption?: Exemption;
}

export type Standings = Readonly<Record<SourceName, Standing>>;

/** The release, or undefined for a branch and for nothing. */
export function releaseOf(standing: Standing | undefined): Release | undefined {
    return standing && "tag" in standing ? standing : undefined;
}

const recordedSource = z.object({
    ref: z.string(),
    commit: z.string().optional(),
    exemption: z.object({ kind: z.enum(["rollback", "hotfix"]), reason: z.string() }).optional(),
});
const recordedOutputs = z.object({
    cluster: z.object({ uid: z.string() }),
    infrastructure: recordedSource,
    apps: recordedSource,
});

/** What a stack stands on by the outputs of its last update; undefined if it has none of this program. */
export function recordedStandings(outputs: unknown): (Standings & { readonly cluster: string }) | undefined {
    const { success, data } = recordedOutputs.safeParse(outputs);
    if (!success) {
        return undefined;
    }
    const standing = ({ ref, commit, exemption }: z.infer<typeof recordedSource>): Standing =>
        commit === undefined ? { branch: ref } : { tag: ref, commit, ...(exemption && { exemption }) };
    const { cluster, infrastructure, apps } = data;
    return { cluster: cluster.uid, infrastructure: standing(infrastructure), apps: standing(apps) };
}
