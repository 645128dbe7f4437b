import type { Colors } from "picocolors/types";

import type { Promotion } from "../history/promotions";
import { plainTable } from "../terminal/table";
import { type EnvironmentStatus, isHealthy, type NextRelease } from "./gather";
import type { Behind, ReleaseStatus } from "./releases";
import { ago, dayMs, days, shortRevision } from "./words";

/** Environments with the same upstream, releases, health and next release, as one. */
export function grouped(environments: readonly EnvironmentStatus[]): EnvironmentStatus[][] {
    const groups = new Map<string, EnvironmentStatus[]>();
    for (const it of environments) {
        const releases = Object.entries(it.releases).map(([name, { revision, behind }]) => [name, revision, behind]);
        const key = JSON.stringify([it.promotedFrom, releases, isHealthy(it), it.next]);
        groups.set(key, [...(groups.get(key) ?? []), it]);
    }
    return [...groups.values()];
}

/** Names in one line: the first three, and the number of the others. */
export function namesOf(group: readonly Pick<EnvironmentStatus, "stack">[]): string {
    const names = group.map(({ stack }) => stack);
    return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

/** The way of the releases from the first environment to the last one, a row each, for a terminal. */
export function wayFor(environments: readonly EnvironmentStatus[], colors: Colors, now: Date): string {
    const sources = [...new Set(environments.flatMap(({ releases }) => Object.keys(releases)))];
    const rows = grouped(environments).map((group) => {
        const [first] = group as [EnvironmentStatus];
        const { releases, promotedFrom, next } = first;
        const mark = isHealthy(first) ? colors.green("✓") : colors.red("✗");
        return [
            `${mark} ${colors.bold(namesOf(group))}`,
            ...sources.map((name) => shortRevision(releases[name]?.revision)),
            behindWords(releases, promotedFrom, now),
            takenWords(group, now),
            nextWords(next),
        ];
    });
    const head = ["", ...sources, "compared", "released", "next"].map((name) => colors.dim(name));
    return plainTable(head, rows);
}

/** A text such as `3 commits, 2 days behind dev`, with the names of the sources if they differ; empty without upstream. */
export function behindWords(
    releases: Readonly<Record<string, ReleaseStatus>>,
    from: string | undefined,
    now: Date,
): string {
    const found = Object.entries(releases).flatMap(([name, { behind }]) =>
        from !== undefined && behind ? [{ name, words: comparedWords(behind, from, now) }] : [],
    );
    const different = new Set(found.map(({ words }) => words));
    return different.size <= 1
        ? [...different].join("")
        : found.map(({ name, words }) => `${name} ${words}`).join("; ");
}

/** A release compared with that of the upstream stack, in words. */
export function comparedWords(behind: Behind, from: string, now: Date): string {
    if ("unknown" in behind) {
        return `not compared with ${from}`;
    }
    const { status, commits, since } = behind;
    switch (status) {
        case "same":
            return `as ${from}`;
        case "ahead":
            return `ahead of ${from}`;
        case "diverged":
            return `on another line than ${from}`;
        case "behind": {
            const count = commits === undefined ? [] : [commits === 1 ? "1 commit" : `${commits} commits`];
            const age = since === undefined ? 0 : now.getTime() - Date.parse(since);
            return `${[...count, ...(age >= dayMs ? [days(age)] : [])].join(", ")} behind ${from}`.trim();
        }
    }
}

/** When the newest of the releases was taken and by whom, such as `rolled back 2 days ago by Ada`. */
function takenWords(group: readonly EnvironmentStatus[], now: Date): string {
    const taken = group.flatMap(({ releases }) => Object.values(releases).flatMap((it) => it.taken ?? []));
    const [newest] = taken.toSorted((one, other) => other.at.localeCompare(one.at));
    return newest ? promotionWords(newest, now) : "";
}

/** A promotion in a few words. */
export function promotionWords({ kind, at, by, succeeded }: Promotion, now: Date): string {
    const words = kind === "rollback" ? "rolled back " : kind === "hotfix" ? "hotfix " : "";
    return `${words}${ago(at, now)}${by === undefined ? "" : ` by ${by}`}${succeeded ? "" : ", failed"}`;
}

/** The next release in a few words; the details of an environment have the reason. */
export function nextWords(next: NextRelease | undefined): string {
    if (next === undefined) {
        return "";
    }
    if ("unknown" in next) {
        return "unknown";
    }
    if (next.upToDate) {
        return "nothing";
    }
    const tags = [...new Set(Object.values(next.tags))].join(", ");
    const [first] = next.refused;
    return first ? `${tags}, refused: ${first.refusal ?? first.key}` : tags;
}
