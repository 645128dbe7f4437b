/** GitHub's maximum length for a comment or an issue, in characters. */
const limit = 65_536;

/** A part of a report: a row of the table, and the output below the table. */
export interface Part {
    readonly title: string;
    readonly summary: string;
    /** The output of a command; empty for none. */
    readonly output: string;
}

/** A report for GitHub: a table, and the output of the commands, shortened if it would be too long. */
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

/** A fenced code block. The fence is longer than any in the text, so that the text cannot close it. */
function fenced(text: string): string {
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
    const fence = "`".repeat(longest + 1);
    return `${fence}text\n${text}\n${fence}`;
}

function cut(text: string, room: number): string {
    return text.length <= room ? text : `${text.slice(0, room)}\n… the rest is in the log of the run`;
}

/** A link to the current run of GitHub Actions; empty elsewhere. */
export function linkToRun({
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
}: NodeJS.ProcessEnv): string {
    return id === undefined ? "" : `[The run](${server ?? ""}/${repository ?? ""}/actions/runs/${id})`;
}
