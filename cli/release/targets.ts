import { mapValues } from "../../domain/records";
import { type Release, releaseOf, type Standing } from "../../domain/release";
import { compareVersions, nextVersion, versionOf } from "../../domain/version";
import type { Problem } from "../../domain/problem";

export type Bump = "major" | "minor" | "patch";

/** Values by source, for the sources to change, in dependency order. */
export type PerSource<T> = Readonly<Record<string, T>>;

/** A tag, and its current or future commit. */
export interface Target {
    readonly tag: string;
    readonly commit: string;
}

/** The commit that a source should take, and the upstream's version if the upstream runs a release. */
export interface Candidate {
    readonly commit: string;
    readonly upstreamVersion: string | undefined;
    readonly standing: Standing | undefined;
}

/** The tags of one environment, in the repository of each promoted source. */
export interface Family {
    readonly prefix: string;
    readonly versions: Readonly<Record<string, readonly string[]>>;
    /** Returns the commit of an existing tag. */
    readonly commitOf: (source: string, tag: string) => Promise<string | undefined>;
}

/**
 * Proposes a version for each source. The first rule that applies decides: the upstream's version, if it runs releases;
 * the current version, if the commit does not change; the highest existing version, if its tags are on these commits or
 * still missing, so that an interrupted promotion continues; otherwise the next version across all repositories.
 */
export async function proposeVersions(
    candidates: PerSource<Candidate>,
    family: Family,
    bump: Bump,
): Promise<PerSource<string>> {
    const given = Object.values(candidates);
    if (given.every(({ upstreamVersion }) => upstreamVersion !== undefined)) {
        return mapValues(candidates, ({ upstreamVersion }) => upstreamVersion ?? "");
    }
    const { prefix } = family;
    const standsThere = ({ standing, commit }: Candidate) => releaseOf(standing)?.commit === commit;
    const stood = ({ standing }: Candidate) => versionOf(releaseOf(standing)?.tag ?? "", prefix);
    if (given.every((it) => standsThere(it) && stood(it) !== undefined)) {
        return mapValues(candidates, (it) => stood(it) ?? "");
    }
    const all = Object.values(family.versions).flat();
    const highest = all.toSorted(compareVersions).at(-1);
    const fits = highest !== undefined && (await isFree(candidates, family, highest));
    const version = fits ? highest : nextVersion(all, bump);
    return mapValues(candidates, () => version);
}

/** Whether a version's existing tags are all on the candidates' commits. */
async function isFree(candidates: PerSource<Candidate>, family: Family, version: string): Promise<boolean> {
    const found = await Promise.all(
        Object.entries(candidates).map(async ([name, { commit }]) => {
            const exists = family.versions[name]?.includes(version);
            return !exists || (await family.commitOf(name, `${family.prefix}${version}`)) === commit;
        }),
    );
    return found.every(Boolean);
}

/** The version that the user gave, as X.Y.Z or as a complete tag of the family; undefined if it is neither. */
export function givenVersion(text: string, prefix: string): string | undefined {
    return versionOf(text, prefix) ?? versionOf(text, "v") ?? versionOf(text, "");
}

/** The versions in one tag family. */
export function versionsOf(tags: readonly string[], prefix: string): string[] {
    return tags.flatMap((tag) => versionOf(tag, prefix) ?? []);
}

/**
 * The problem that the tag already exists on another commit: two promotions disagree, or the version was used before.
 */
export function tagExists(source: string, release: Release, found: string, stack: string): Problem {
    return {
        refusal: "tag-exists",
        key: `fluxcd:sources.${source}.tag`,
        value: release.tag,
        expected: `the tag already exists at ${found}, but this promotion is of ${release.commit}: a release tag never moves`,
        fix: `npx fluxcd promote ${stack} <another version>`,
    };
}
