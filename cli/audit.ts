import { Command, Option } from "commander";

import { sourceNames } from "../domain/sourceName";
import { later, runCommand } from "./terminal/exit";

const command = new Command("npm run audit")
    .usage("-- [options]")
    .description("Shows what differs between the environments in each repository, and what of it nobody has declared.")
    .option("--ref <ref>", "a branch, tag or commit, instead of what the first stack follows")
    .addOption(new Option("--only <source>", "one of the two sources").choices([...sourceNames]))
    .option("--json", "print JSON")
    .helpOption("-h, --help", "this text")
    .showHelpAfterError("(--help shows how it is used)")
    .addHelpText(
        "after",
        `
It builds the overlay of every environment at one revision, the one of the first stack, and compares them field by field.
infrastructure/audit.yaml and apps/audit.yaml in the repositories declare what is meant to differ, and why. What differs
only because the stacks stand on different releases is shown and is no fault. Nothing is changed anywhere.
It needs git, and kustomize or kubectl. docs/drift.md has an example.

Examples:
  npm run audit
  npm run audit -- --ref my-branch --only apps
  npm run audit -- --json

Exit codes: 0 all that differs is declared, 1 something is not, or is declared and not there, or it failed, 2 wrong usage.`,
    )
    .action(later(async () => (await import("./audit/run.js")).run));

void runCommand(command, process.argv);
