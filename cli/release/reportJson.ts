import type { SourceName } from "../../domain/release";
import { mapSources } from "./targets";
import type { Report } from "./report";

/** What a command has done. */
export interface Outcome {
    /** The sources a tag was made for. */
    readonly made: readonly SourceName[];
    readonly edited: string | undefined;
    readonly pullRequest: string | undefined;
    readonly next: string | undefined;
    /** The command that goes on once `next` is done. */
    readonly then: string | undefined;
}

/** The report as data. Nothing is left out: what there is none of is null. */
export function asJson(report: Report, { made, edited, pullRequest, next, then }: Outcome): unknown {
    const { command, stack, version, origin, exemption, sources, notes, refused } = report;
    return {
        command,
        stack,
        version: version ?? null,
        origin: origin ?? null,
        exemption: exemption ?? null,
        sources: mapSources(sources, (source, name) => ({
            repository: source.repository,
            from: source.from ?? null,
            to: source.to,
            changes: source.changes,
            created: made.includes(name),
            status: source.between?.status ?? null,
            commits: source.between?.commits ?? [],
            totalCommits: source.between?.total ?? null,
            compare: source.between?.htmlUrl ?? null,
            diff: source.diff && "diff" in source.diff ? source.diff.diff : null,
        })),
        notes,
        refused,
        edited: edited ?? null,
        pullRequest: pullRequest ?? null,
        next: next ?? null,
        then: then ?? null,
    };
}
