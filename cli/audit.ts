import { Command, Option } from "commander";

import { type SourceName, sourceNames } from "../promotion/release";
import { audit } from "./audit/gather";
import { asData, forPeople } from "./audit/print";
import { auditRequest } from "./audit/request";
import { colorsFor } from "./colors";
import { CommandError, exitCodes, runCommand } from "./exit";
import { step } from "./progress";

interface Options {
    readonly ref?: string;
    readonly only?: SourceName;
    readonly json?: true;
}

async function run({ ref, only, json }: Options): Promise<void> {
    const request = await auditRequest(ref);
    const sources = only === undefined ? sourceNames : [only];
    const audits = await step("Building the overlays", Promise.all(sources.map((source) => audit(source, request))));
    if (json) {
        process.stdout.write(`${JSON.stringify(audits.map(asData), undefined, 2)}\n`);
    } else {
        const colors = colorsFor(process.stdout);
        process.stdout.write(audits.map((it) => forPeople(it, colors)).join("\n"));
    }
    const bad = audits.filter(({ unintended, stale }) => unintended.length + stale.length > 0);
    if (bad.length > 0) {
        const names = bad.map(({ repository }) => repository).join(", ");
        throw new CommandError(exitCodes.failed, `What differs is not what is declared: ${names}.`).asReported();
    }
}

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
    .action(run);

void runCommand(command, process.argv);
