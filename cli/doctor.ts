import { Command } from "commander";

import { later, runCommand } from "./terminal/exit";
import { collect } from "./terminal/options";

const command = new Command("npm run doctor")
    .usage("-- [options]")
    .description("Looks whether everything is there that `pulumi up` needs, and says what fixes what is not.")
    .option("--stack <name>", "only for this stack; may be given more than once", collect, [])
    .option("--json", "print JSON")
    .helpOption("-h, --help", "this text")
    .showHelpAfterError("(--help shows how it is used)")
    .addHelpText(
        "after",
        `
It looks at the tools, the login, the stack files, the token, GitHub, the clusters and Flux's manifest, all of it whatever
fails. Nothing is changed anywhere. A ✗ is in the way of an update; a ! is worth to know.

Examples:
  npm run doctor
  npm run doctor -- --stack dev
  npm run doctor -- --json

Exit codes: 0 nothing is in the way, 1 something is to be fixed, 2 wrong usage.`,
    )
    .action(later(async () => (await import("./doctor/run.js")).doctor));

void runCommand(command, process.argv);
