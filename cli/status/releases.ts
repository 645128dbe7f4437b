import type { GitHub } from "../../clients/github";
import { inDependencyOrder } from "../../config/kustomizations";
import type { Config } from "../../config/parse";
import { type PromotedSource, promotedSources } from "../../config/sources";
import { messageOf } from "../../domain/problem";
import { commitIn, partsOf } from "../../domain/release";
import { shortName } from "../../domain/stackName";
import { type Promotion, promotionsOf } from "../history/promotions";
import { stackHistory } from "../tools/pulumi";
import type { Assessment } from "./assess";

/** The release of a promoted source that an environment runs. */
export interface ReleaseStatus {
    /** The revision that its last Kustomization has applied, such as `staging-v1.2.0@sha1:<commit>`. */
    readonly revision: string | undefined;
    /** The update that brought it; undefined if the history does not know. */
    readonly taken: Promotion | undefined;
    /** How it compares with the release of the upstream stack; undefined without one, or if one of them is not known. */
    readonly behind: Behind | undefined;
}

export type Behind =
    | {
          /** `behind`: the upstream has newer commits. `ahead`: only this one has. `diverged`: each has its own. */
          readonly status: "same" | "behind" | "ahead" | "diverged";
          /** The commits that only the upstream stack runs; undefined if GitHub did not count them. */
          readonly commits: number | undefined;
          /** The time of the oldest of them, in ISO 8601. */
          readonly since: string | undefined;
          /** GitHub's page of the comparison. */
          readonly url: string | undefined;
      }
    | { readonly unknown: string };

export type Releases = Readonly<Record<string, ReleaseStatus>>;

/** What an environment runs, before it is compared with its upstream. */
export function releasesIn(config: Config, cluster: Assessment | undefined, history: readonly Promotion[]): Releases {
    const order = inDependencyOrder(config.kustomizations).toReversed();
    return Object.fromEntries(
        promotedSources(config).map(({ name }) => {
            const last = order.find(({ source }) => source === name);
            const revision = last && cluster?.kustomizations[last.name]?.revision;
            const ref = revision === undefined ? undefined : partsOf(revision).ref;
            const taken = history.find(({ source, to }) => source === name && to === ref);
            return [name, { revision, taken, behind: undefined }];
        }),
    );
}

/** The promotions of a stack, newest first; empty if its history cannot be read. */
export async function historyOf(stack: string, config: Config): Promise<readonly Promotion[]> {
    const names = promotedSources(config).map(({ name }) => name);
    return stackHistory(stack).then(
        (updates) => promotionsOf(updates, names),
        () => [],
    );
}

/** An environment whose releases are compared. */
export interface Compared {
    readonly stack: string;
    readonly promotedFrom: string | undefined;
    readonly releases: Releases;
}

/** Compares each release with that of the upstream stack, if that is among the environments. */
export async function comparedWith<T extends Compared>(
    own: T,
    all: readonly Compared[],
    { config, github }: { readonly config: Config | undefined; readonly github: GitHub | undefined },
): Promise<T> {
    const upstream = all.find(({ stack }) => shortName(stack) === shortName(own.promotedFrom ?? ""));
    if (!upstream || !config || !github) {
        return own;
    }
    const compared = promotedSources(config).map(async (source) => {
        const [mine, its] = [own.releases[source.name], upstream.releases[source.name]];
        const behind = await behindOf(github, source, mine?.revision, its?.revision);
        return [source.name, { revision: undefined, taken: undefined, ...mine, behind }] as const;
    });
    return { ...own, releases: Object.fromEntries(await Promise.all(compared)) };
}

async function behindOf(
    github: GitHub,
    { repository }: PromotedSource,
    own: string | undefined,
    upstream: string | undefined,
): Promise<Behind | undefined> {
    const [base, head] = [own, upstream].map((revision) => (revision === undefined ? undefined : commitIn(revision)));
    if (base === undefined || head === undefined) {
        return undefined;
    }
    if (base === head) {
        return { status: "same", commits: 0, since: undefined, url: undefined };
    }
    try {
        const found = await github.compare(repository, base, head, { shown: 1, signal: undefined });
        const { status, total, oldestAt, htmlUrl } = found ?? { status: "diverged" as const };
        // What GitHub calls ahead is the upstream stack.
        const seen = { ahead: "behind", behind: "ahead", diverged: "diverged", identical: "same" } as const;
        return { status: seen[status], commits: total, since: oldestAt, url: htmlUrl };
    } catch (error) {
        return { unknown: messageOf(error) };
    }
}
