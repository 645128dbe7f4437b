import { told } from "../../domain/problem";
import { mapValues } from "../../domain/records";
import { comparisonIn, diffNotes, type Report } from "./report";

/** The changes that a command made. */
export interface Outcome {
    /** The sources for which a tag was created. */
    readonly made: readonly string[];
    readonly edited: string | undefined;
    readonly pullRequest: string | undefined;
    readonly next: string | undefined;
    /** The command to continue with after `next`. */
    readonly then: string | undefined;
}

/** The report as JSON data. Every field is present; a missing value is null. */
export function asJson(report: Report, { made, edited, pullRequest, next, then }: Outcome): object {
    const { command, stack, version, origin, exemption, sources, notes, refused } = report;
    return {
        command,
        stack,
        version: version ?? null,
        origin: origin ?? null,
        exemption: exemption ?? null,
        sources: mapValues(sources, (source, name) => {
            const between = comparisonIn(source.between);
            return {
                repository: source.repository,
                from: source.from ?? null,
                to: source.to,
                changes: source.changes,
                created: made.includes(name),
                status: between?.status ?? null,
                commits: between?.commits ?? [],
                totalCommits: between?.total ?? null,
                compare: between?.htmlUrl ?? null,
                diff: source.diff && "diff" in source.diff ? source.diff.diff : null,
            };
        }),
        notes: [...notes, ...diffNotes(report)],
        refused: refused.map(told),
        edited: edited ?? null,
        pullRequest: pullRequest ?? null,
        next: next ?? null,
        then: then ?? null,
    };
}
