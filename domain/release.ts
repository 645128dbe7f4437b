import { z } from "zod";

/**
 * The revision of a repository that Flux fetches. One field only: with several, Flux silently ignores all but one
 * (fluxcd/flux2#4085).
 */
export type Ref =
    | { readonly branch: string }
    | { readonly tag: string; readonly commit?: string }
    | { readonly semver: string }
    | { readonly commit: string };

/** The reason a release skips the promotion rules: it is a rollback to an earlier one, or a hotfix that cannot wait. */
export interface Exemption {
    readonly kind: "rollback" | "hotfix";
    readonly reason: string;
}

/** The current ref of a promoted source: a release, or a branch, which moves without an update of the stack. */
export type Standing = Release | { readonly branch: string };

export interface Release {
    readonly tag: string;
    /** The tag's commit when the stack took the release. */
    readonly commit: string;
    readonly exemption?: Exemption;
}

/** The standings by the name of the source. */
export type Standings = Readonly<Record<string, Standing>>;

/** The release of a standing; undefined for a branch, or if there is no standing. */
export function releaseOf(standing: Standing | undefined): Release | undefined {
    return standing && "tag" in standing ? standing : undefined;
}

const exemption = z.object({ kind: z.enum(["rollback", "hotfix"]), reason: z.string() });

/** A `Standing` as it is stored in a stack's state. */
export const standingSchema = z.union([
    z.object({ branch: z.string() }),
    z
        .object({ tag: z.string(), commit: z.string(), exemption: exemption.optional() })
        .transform(({ exemption: why, ...release }): Release => ({ ...release, ...(why && { exemption: why }) })),
]);

/** The commit in a revision such as `main@sha1:<commit>`. */
export function commitIn(revision: string): string {
    return partsOf(revision).commit;
}

/** Splits a revision in Flux's format, such as `main@sha1:<commit>`. Without a ref in it, `ref` is empty. */
export function partsOf(revision: string): { readonly ref: string; readonly commit: string } {
    const at = revision.lastIndexOf("@sha1:");
    return at < 0
        ? { ref: "", commit: revision.replace(/^sha1:/, "") }
        : { ref: revision.slice(0, at), commit: revision.slice(at + "@sha1:".length) };
}
