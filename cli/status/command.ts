import { type Command, InvalidArgumentError } from "commander";

import { collect, later, subcommand } from "../terminal/command";

const help = `
It reads the clusters in parallel and, if GITHUB_TOKEN is set, GitHub: for the commits of the tags and the age of the deploy
keys. A cluster that does not answer is shown as such. It changes nothing. See docs/status.md.

Examples:
  npx fluxcd status
  npx fluxcd status --stack production --watch
  npx fluxcd status --html status.html
  npx fluxcd status --json

Exit codes: 0 everything is healthy, 1 something is not, 2 wrong usage.`;

export function statusCommand(): Command {
    return subcommand("status", "Show each environment: the wanted and the running revisions, and every problem.")
        .option("-s, --stack <name>", "only this stack; may be repeated", collect, [])
        .option("-w, --watch", "repeat until interrupted")
        .option("--interval <seconds>", "the time between two reads, with --watch", seconds, 5)
        .option("--html <file>", "also write a self-contained HTML page")
        .option("--json", "print JSON; with --watch, one line each time")
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).status));
}

function seconds(text: string): number {
    const value = Number(text);
    if (!(value > 0)) {
        throw new InvalidArgumentError("expected a number of seconds above 0.");
    }
    return value;
}
