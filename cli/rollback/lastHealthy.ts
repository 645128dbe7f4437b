import { commitIn, type HealthyRevision } from "../../promotion/evidence";
import { releaseOf, type SourceName, type Standings } from "../../domain/release";
import { compareVersions, versionOf } from "../../domain/version";
import type { Promotion } from "../history/promotions";

/** A release that a stack was healthy at. */
export interface Healthy {
    readonly tag: string;
    /** Undefined where only the tag is remembered. */
    readonly commit: string | undefined;
    /** When it was last known so, in milliseconds since 1970. */
    readonly at: number;
}

/** What the cluster and the outputs remember. */
export function healthyByEvidence(revisions: readonly HealthyRevision[]): Healthy[] {
    return revisions.map(({ revision, since, until }) => ({
        tag: revision.slice(0, revision.lastIndexOf("@")),
        commit: commitIn(revision),
        at: Date.parse(until ?? since),
    }));
}

/**
 * What Pulumi's history of the stack remembers, newest first: an update that succeeded had waited for health. Flux forgets
 * a release when the next one renders to the same, as that of one repository often does.
 */
export function healthyByHistory(promotions: readonly Promotion[], source: SourceName): Healthy[] {
    const own = promotions.filter((promotion) => promotion.source === source);
    return own.flatMap(({ to, at, succeeded }, index) => {
        const until = own[index - 1]?.at ?? at;
        return succeeded && to !== undefined ? [{ tag: to, commit: undefined, at: Date.parse(until) }] : [];
    });
}

/** The lower version that was healthy last: what was rolled back or skipped is no place to go back to. */
export function lastHealthy(current: string, healthy: readonly Healthy[], prefix: string): Healthy | undefined {
    const version = versionOf(current, prefix);
    const earlier = healthy.filter(({ tag }) => {
        const other = versionOf(tag, prefix);
        return other !== undefined && version !== undefined && compareVersions(other, version) < 0;
    });
    return earlier.toSorted(
        (a, b) => b.at - a.at || Number(b.commit !== undefined) - Number(a.commit !== undefined),
    )[0];
}

/**
 * The sources of the latest release: both where they stand on the same version, else the one with the higher version, as a
 * new version is the next one of both repositories. The other one was there before it.
 */
export function latestSources(
    standings: Standings,
    sources: readonly SourceName[],
    prefix: string,
): readonly SourceName[] {
    const versions = sources.flatMap((source) => {
        const version = versionOf(releaseOf(standings[source])?.tag ?? "", prefix);
        return version === undefined ? [] : [{ source, version }];
    });
    const highest = versions
        .map(({ version }) => version)
        .toSorted(compareVersions)
        .at(-1);
    return versions.flatMap(({ source, version }) => (version === highest ? [source] : []));
}
