import { partsOf, releaseOf, type Standings } from "../../domain/release";
import type { HealthyRevision } from "../../promotion/evidence";
import { compareVersions, versionOf } from "../../domain/version";
import type { Promotion } from "../history/promotions";

/** A release at which a stack was healthy. */
export interface Healthy {
    readonly tag: string;
    /** The commit; undefined if only the tag is known. */
    readonly commit: string | undefined;
    /** The last time at which it was known to be healthy, in milliseconds since 1970. */
    readonly at: number;
}

/** The healthy releases in the evidence of the cluster and the outputs. */
export function healthyByEvidence(revisions: readonly HealthyRevision[]): Healthy[] {
    return revisions.map(({ revision, since, until }) => ({
        tag: partsOf(revision).ref,
        commit: partsOf(revision).commit,
        at: Date.parse(until ?? since),
    }));
}

/**
 * The healthy releases in Pulumi's history of the stack, newest first: a successful update has waited for health. Flux
 * forgets a release if the next one renders to the same manifests, as is common when only one repository changes.
 */
export function healthyByHistory(promotions: readonly Promotion[], source: string): Healthy[] {
    const own = promotions.filter((promotion) => promotion.source === source);
    return own.flatMap(({ to, at, succeeded }, index) => {
        const until = own[index - 1]?.at ?? at;
        return succeeded && to !== undefined ? [{ tag: to, commit: undefined, at: Date.parse(until) }] : [];
    });
}

/** The last healthy release with a lower version. A release that was rolled back or skipped is not a target. */
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
 * The sources with the highest version. If not all sources have it, the others did not change in the latest release: a
 * new version is always the next one across all repositories.
 */
export function latestSources(standings: Standings, sources: readonly string[], prefix: string): readonly string[] {
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
