import type { Release, SourceName, Standing } from "../../domain/release";
import { releaseOf, sourceNames } from "../../domain/release";
import { compareVersions, nextVersion, versionOf } from "../../domain/version";
import type { Problem } from "../../domain/problem";

export type Bump = "major" | "minor" | "patch";

/** Something for each of the sources that are to change. */
export type PerSource<T> = Readonly<Partial<Record<SourceName, T>>>;

/** A tag, and the commit it is on or is to be on. */
export interface Target {
    readonly tag: string;
    readonly commit: string;
}

/** What a source is to take: the commit its upstream runs, and that one's version where it stands on a release. */
export interface Candidate {
    readonly commit: string;
    readonly upstreamVersion: string | undefined;
    readonly standing: Standing | undefined;
}

/** The tags of one environment in both repositories. */
export interface Family {
    readonly prefix: string;
    readonly versions: Readonly<Record<SourceName, readonly string[]>>;
    /** The commit of an existing tag. */
    readonly commitOf: (source: SourceName, tag: string) => Promise<string | undefined>;
}

/** The sources of a record, in the order they are applied in. */
export function entriesOf<T>(record: PerSource<T>): [SourceName, T][] {
    return sourceNames.flatMap((name): [SourceName, T][] => {
        const value = record[name];
        return value === undefined ? [] : [[name, value]];
    });
}

/** The same sources with other values. */
export function mapSources<T, U>(record: PerSource<T>, map: (value: T, name: SourceName) => U): PerSource<U> {
    return Object.fromEntries(entriesOf(record).map(([name, value]) => [name, map(value, name)]));
}

/**
 * The version each source is promoted to: its upstream's where that stands on releases; the one it stands on where that is
 * the same commit; the highest there is where its tags are on these commits or not made yet, so that a promotion that was
 * interrupted goes on; else the next one of both repositories.
 */
export async function proposeVersions(
    candidates: PerSource<Candidate>,
    family: Family,
    bump: Bump,
): Promise<PerSource<string>> {
    const entries = entriesOf(candidates);
    if (entries.every(([, { upstreamVersion }]) => upstreamVersion !== undefined)) {
        return mapSources(candidates, ({ upstreamVersion }) => upstreamVersion ?? "");
    }
    const { prefix } = family;
    const standsThere = ({ standing, commit }: Candidate) => releaseOf(standing)?.commit === commit;
    const stood = ({ standing }: Candidate) => versionOf(releaseOf(standing)?.tag ?? "", prefix);
    if (entries.every(([, it]) => standsThere(it) && stood(it) !== undefined)) {
        return mapSources(candidates, (it) => stood(it) ?? "");
    }
    const all = sourceNames.flatMap((name) => family.versions[name]);
    const highest = all.toSorted(compareVersions).at(-1);
    const fits = highest !== undefined && (await isFree(candidates, family, highest));
    const version = fits ? highest : nextVersion(all, bump);
    return mapSources(candidates, () => version);
}

/** Whether a version's tags are on the candidates' commits, or could be. */
async function isFree(candidates: PerSource<Candidate>, family: Family, version: string): Promise<boolean> {
    const found = await Promise.all(
        entriesOf(candidates).map(async ([name, { commit }]) => {
            const exists = family.versions[name].includes(version);
            return !exists || (await family.commitOf(name, `${family.prefix}${version}`)) === commit;
        }),
    );
    return found.every(Boolean);
}

/** The version that a person gave, as X.Y.Z or as a whole tag of the family; undefined when it is neither. */
export function givenVersion(text: string, prefix: string): string | undefined {
    return versionOf(text, prefix) ?? versionOf(text, "v") ?? versionOf(text, "");
}

/** The versions in one family of tags. */
export function versionsOf(tags: readonly string[], prefix: string): string[] {
    return tags.flatMap((tag) => versionOf(tag, prefix) ?? []);
}

/** The tag that a release needs is there, on another commit: two promotions disagree, or the version was used before. */
export function tagExists(source: SourceName, release: Release, found: string, stack: string): Problem {
    return {
        refusal: "tag-exists",
        key: `fluxcd:${source}.tag`,
        value: release.tag,
        expected: `the tag is there already, on ${found}, and this promotion is of ${release.commit}: a release tag never moves`,
        fix: `npm run promote -- ${stack} <another version>`,
    };
}
