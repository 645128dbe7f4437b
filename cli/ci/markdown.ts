/** What GitHub takes as the body of a comment or an issue, in characters. */
const limit = 65_536;

/** A part of a report: a line for the table, and what is under it. */
export interface Part {
    readonly title: string;
    readonly summary: string;
    /** What a command printed; empty for none. */
    readonly output: string;
}

/** A report for people on GitHub: a table, and what the commands printed, cut where it would be too long. */
export function reportOf(heading: string, parts: readonly Part[], footer: string): string {
    const rows = parts.map(({ title, summary }) => `| ${title} | ${summary.replaceAll("|", "\\|")} |`);
    const head = [`### ${heading}`, ["| | |", "|---|---|", ...rows].join("\n")].join("\n\n");
    const printed = parts.filter(({ output }) => output.trim() !== "");
    const room = Math.floor((limit - head.length - footer.length - 500) / Math.max(printed.length, 1)) - 200;
    const details = printed.map(
        ({ title, output }) =>
            `<details><summary>${title}</summary>\n\n${fenced(cut(output.trim(), room))}\n\n</details>`,
    );
    return [head, ...details, footer].filter((part) => part !== "").join("\n\n");
}

/** In a fence that is longer than any in the text, so that nothing in it ends the fence. */
function fenced(text: string): string {
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
    const fence = "`".repeat(longest + 1);
    return `${fence}text\n${text}\n${fence}`;
}

function cut(text: string, room: number): string {
    return text.length <= room ? text : `${text.slice(0, room)}\n… the rest is in the log of the run`;
}

/** Where this runs, for a link; empty outside of GitHub Actions. */
export function linkToRun({
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
}: NodeJS.ProcessEnv): string {
    return id === undefined ? "" : `[The run](${server ?? ""}/${repository ?? ""}/actions/runs/${id})`;
}
