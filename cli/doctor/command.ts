import type { Command } from "commander";

import { collect, later, subcommand } from "../terminal/command";

const help = `
It checks the tools, the login, the stack files, the token, GitHub, the clusters and Flux's manifest, even if one of them
fails. It changes nothing. A ✗ blocks an update; a ! is worth knowing.

Examples:
  npx fluxcd doctor
  npx fluxcd doctor --stack dev
  npx fluxcd doctor --json

Exit codes: 0 nothing blocks an update, 1 something does, 2 wrong usage.`;

export function doctorCommand(): Command {
    return subcommand("doctor", "Check that everything pulumi up needs is in place, and print a fix for each problem.")
        .option("-s, --stack <name>", "only this stack; may be repeated", collect, [])
        .option("--json", "print JSON")
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).doctor));
}
