import { Argument, type Command } from "commander";

import { later, positive, subcommand } from "../terminal/command";

const help = `
It reads Pulumi's own history of the stack. The person is the author of the commit that the update was applied from, with *
if the checkout had uncommitted changes.

Examples:
  npx fluxcd history production
  npx fluxcd history production --limit 1 --json

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

export function historyCommand(): Command {
    return subcommand("history", "List the releases of a stack, newest first: who, when, from, to and why.")
        .addArgument(new Argument("<stack>", "the stack, such as production"))
        .option("-n, --limit <number>", "the number of releases to list", positive, 20)
        .option("--json", "print JSON")
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).history));
}
