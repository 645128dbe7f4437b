import { Command, InvalidArgumentError } from "commander";

import { later, runCommand } from "./terminal/exit";

const command = new Command("history")
    .description("Lists the releases a stack has taken, newest first: who, when, from, to and why.")
    .argument("<stack>", "the stack, such as production")
    .option("-n, --limit <number>", "list at most so many", positive, 20)
    .option("--json", "print JSON instead of a table")
    .addHelpText(
        "after",
        `
It reads Pulumi's own history of the stack, which the backend keeps. Who is the author of the commit that the update was
applied from, marked * where the checkout had changes that no commit holds.

Examples:
  npm run history -- production
  npm run history -- production --limit 1 --json

Exit codes: 0 done, 1 failed, 2 wrong usage.`,
    )
    .action(later(async () => (await import("./history/run.js")).history));

function positive(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("expected a number from 1.");
    }
    return Number(text);
}

void runCommand(command, process.argv);
