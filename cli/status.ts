import { Command, InvalidArgumentError } from "commander";

import { later, runCommand } from "./terminal/exit";
import { collect } from "./terminal/options";

function positive(text: string): number {
    const value = Number(text);
    if (!(value > 0)) {
        throw new InvalidArgumentError("expected a number of seconds above 0.");
    }
    return value;
}

const command = new Command("npm run status")
    .usage("-- [options]")
    .description("Shows every environment: what it should run, what it runs, and what is wrong with it.")
    .option("--env <stack>", "only this stack; may be given more than once", collect, [])
    .option("--watch", "show it again and again, until it is interrupted")
    .option("--interval <seconds>", "with --watch, how long to wait in between", positive, 5)
    .option("--html <file>", "write a report too: one page that needs nothing else")
    .option("--json", "print JSON; with --watch, one line each time")
    .helpOption("-h, --help", "this text")
    .showHelpAfterError("(--help shows how it is used)")
    .addHelpText(
        "after",
        `
It asks the clusters, side by side, and where GITHUB_TOKEN is set also GitHub, for the commits that are wanted and the age
of the deploy keys. A cluster that does not answer is shown as such. Nothing is changed anywhere. docs/status.md says more.

Examples:
  npm run status
  npm run status -- --env production --watch
  npm run status -- --html status.html
  npm run status -- --json

Exit codes: 0 all healthy, 1 something is not, 2 wrong usage.`,
    )
    .action(later(async () => (await import("./status/run.js")).status));

void runCommand(command, process.argv);
