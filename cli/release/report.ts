import type { Colors } from "picocolors/types";

import type { Exemption, Release, Standing } from "../../domain/release";
import type { Problem } from "../../domain/problem";
import type { Comparison } from "../../clients/comparison";
import type { Unanswered } from "../../promotion/ancestry";
import type { OverlayDiff } from "./overlayDiff";
import type { PerSource } from "./targets";

/** The change that a command makes to a source. */
export interface SourceReport {
    /** The repository with its owner, such as `misua/fluxcd-apps`. */
    readonly repository: string;
    readonly from: Standing | undefined;
    readonly to: Release;
    readonly changes: boolean;
    /** Whether the tag already existed. */
    readonly exists: boolean;
    /**
     * The commits from the running release to the new one; for a rollback, in the other direction. Undefined if GitHub
     * finds no common history.
     */
    readonly between: Comparison | Unanswered | undefined;
    readonly overlay: string;
    /** Undefined if it was not requested. */
    readonly diff: OverlayDiff | undefined;
}

export interface Report {
    readonly command: "promote" | "rollback";
    readonly stack: string;
    /** Undefined if the sources take different versions. */
    readonly version: string | undefined;
    /** A sentence about the origin of the release. */
    readonly origin: string | undefined;
    readonly exemption: Exemption | undefined;
    readonly sources: PerSource<SourceReport>;
    readonly notes: readonly string[];
    readonly refused: readonly Problem[];
}

/** A title such as `Promote production to 1.2.0`. */
export function titleOf({ command, stack, version, sources }: Report): string {
    const versions = Object.entries(sources).map(([name, { to }]) => `${name} ${to.tag}`);
    const to = version ?? versions.join(", ");
    return command === "promote" ? `Promote ${stack} to ${to}` : `Roll ${stack} back to ${to}`;
}

/** The maximum number of lines of one source's diff in a terminal, where more would scroll the rest away. */
const mostLines = 300;

/** The report for a terminal, or for a file or a pipe, which gets the complete diff. */
export function forPeople(report: Report, colors: Colors, isTerminal = false): string {
    const blocks = Object.entries(report.sources).map(([name, source]) =>
        [
            `${colors.bold(name)}  ${source.repository}`,
            ...summary(source).map((line) => `  ${line}`),
            ...commitLines(source).map(([sha, rest]) => `    ${colors.yellow(sha)}${rest}`),
            ...compareLink(source).map((link) => `  ${colors.dim(link)}`),
        ].join("\n"),
    );
    const diffs = Object.entries(report.sources).flatMap(([, source]) => {
        const { text, note } = overlayWords(source);
        const lines = text.split("\n");
        const shown = [
            ...lines.slice(0, isTerminal ? mostLines : Infinity).map((line) => paint(line, colors)),
            ...(isTerminal && lines.length > mostLines ? [rest(lines)] : []),
        ];
        return text === "" && note === "" ? [] : [[...(note === "" ? [] : [note]), ...(text ? shown : [])].join("\n")];
    });
    return [colors.bold(titleOf(report)), ...preamble(report), ...blocks, ...diffs, ...ending(report)].join("\n\n");
}

/** The report for a pull request. */
export function forPullRequest(report: Report): string {
    const count = Object.keys(report.sources).length;
    const blocks = Object.entries(report.sources).flatMap(([name, source]) => {
        const commits = commitLines(source).map(([sha, rest]) => `${sha}${rest}`);
        const { text, note } = overlayWords(source);
        return [
            `### ${name} (${source.repository})`,
            summary(source).join("\n"),
            ...(commits.length > 0 ? [fenced("", commits.join("\n"))] : []),
            ...compareLink(source),
            ...(note === "" ? [] : [note]),
            ...(text === ""
                ? []
                : [
                      `<details><summary>Changes in the cluster</summary>`,
                      fenced("diff", shortened(text, Math.floor(50_000 / count))),
                      "</details>",
                  ]),
        ];
    });
    return [...preamble(report), ...blocks, ...ending(report)].join("\n\n");
}

function preamble({ origin, exemption }: Report): string[] {
    const why = exemption && `${exemption.kind === "hotfix" ? "Hotfix" : "Rollback"}: ${exemption.reason}`;
    return [...(origin === undefined ? [] : [origin]), ...(why === undefined ? [] : [why])];
}

function ending({ notes }: Report): string[] {
    return notes.length === 0 ? [] : [notes.map((note) => `Note: ${note}`).join("\n")];
}

function summary({ from, to, changes, exists, between }: SourceReport): string[] {
    const short = to.commit.slice(0, 7);
    if (!changes) {
        return [`stays at ${to.tag} (${short})`];
    }
    const before = from === undefined ? "nothing" : "tag" in from ? from.tag : `branch ${from.branch}`;
    const arrow = `${before} -> ${to.tag} (${short}${exists ? "" : ", a new tag"})`;
    if (!between) {
        return from === undefined ? [arrow] : [arrow, "GitHub finds no common history"];
    }
    if ("unanswered" in between) {
        return [arrow, `the commits are not known: GitHub did not compare the two: ${between.unanswered}`];
    }
    const { total } = between;
    const count =
        total === undefined ? "commits that GitHub did not count" : `${total} ${total === 1 ? "commit" : "commits"}`;
    switch (between.status) {
        case "identical":
            return [arrow, "the same commit"];
        case "behind":
            return [arrow, `${count} undone`];
        case "diverged":
            return [arrow, `${count}, on another line of history than the running release`];
        default:
            return [arrow, count];
    }
}

function commitLines({ between }: SourceReport): (readonly [string, string])[] {
    const { commits, total = 0 } = comparisonIn(between) ?? { commits: [] };
    const width = Math.min(24, Math.max(0, ...commits.map(({ author }) => author.length)));
    const lines = commits.map(
        ({ sha, author, subject }) => [sha.slice(0, 7), `  ${author.padEnd(width)}  ${subject}`] as const,
    );
    const more = total - commits.length;
    return more > 0 ? [...lines, ["", `and ${more} more`]] : lines;
}

function compareLink({ between }: SourceReport): string[] {
    const compared = comparisonIn(between);
    return compared && compared.status !== "identical" ? [compared.htmlUrl] : [];
}

/** GitHub's comparison; undefined if it made none. */
export function comparisonIn(between: SourceReport["between"]): Comparison | undefined {
    return between && "status" in between ? between : undefined;
}

/** What is not shown of the changes in the folders, and why. */
export function diffNotes({ sources }: Report): string[] {
    return Object.values(sources).flatMap((source) => {
        const isNoted = source.diff && ("skipped" in source.diff || source.diff.note !== undefined);
        return isNoted && source.changes ? [overlayWords(source).note] : [];
    });
}

function overlayWords({ overlay, diff, changes }: SourceReport): { text: string; note: string } {
    if (!diff || !changes) {
        return { text: "", note: "" };
    }
    if ("skipped" in diff) {
        return { text: "", note: `The changes in ${overlay} are not shown: ${diff.skipped}` };
    }
    const nothing = diff.diff === "" ? `Nothing changes in ${overlay}.` : "";
    return { text: diff.diff.trimEnd(), note: diff.note ?? nothing };
}

function rest(lines: readonly string[]): string {
    const count = (sign: string) =>
        lines.filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3))).length;
    const total = `${count("+")} lines added and ${count("-")} removed in all`;
    return `... and ${lines.length - mostLines} more lines: ${total}. A pipe, such as | less, gets the complete diff.`;
}

function paint(line: string, colors: Colors): string {
    if (/^(diff|index|---|\+\+\+|new file|deleted file) ?/.test(line)) {
        return colors.bold(line);
    }
    const painter = line.startsWith("+") ? colors.green : line.startsWith("-") ? colors.red : colors.reset;
    return line.startsWith("@@") ? colors.cyan(line) : painter === colors.reset ? line : painter(line);
}

function fenced(language: string, text: string): string {
    const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
    const fence = "`".repeat(longest + 1);
    return `${fence}${language}\n${text}\n${fence}`;
}

/** GitHub allows at most 65536 characters for the complete text. */
function shortened(text: string, most: number): string {
    const cut = text.lastIndexOf("\n", most);
    return text.length <= most ? text : `${text.slice(0, cut)}\n... and ${text.length - cut} more characters`;
}
