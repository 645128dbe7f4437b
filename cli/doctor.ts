import { Command } from "commander";
import type { Colors } from "picocolors/types";

import { colorsFor } from "./colors";
import type { Check } from "./doctor/check";
import { examine, type Section } from "./doctor/examine";
import { CommandError, exitCodes, runCommand } from "./exit";
import { step } from "./progress";
import { collect, stacksOr } from "./stackFiles";

interface Options {
    readonly stack: readonly string[];
    readonly json?: true;
}

async function doctor(options: Options): Promise<void> {
    const stacks = stacksOr(options.stack, "--stack");
    const work = examine(stacks, process.env.GITHUB_TOKEN ?? "");
    const sections = await step(`Looking at this machine, GitHub and ${stacks.join(", ")}`, work);
    process.stdout.write(
        options.json
            ? `${JSON.stringify(sections, undefined, 2)}\n`
            : sections.map((section) => linesOf(section, colorsFor(process.stdout))).join("\n"),
    );
    const failed = sections.flatMap(({ checks }) => checks).filter(({ state }) => state === "failed").length;
    if (failed > 0) {
        throw new CommandError(exitCodes.failed, `In the way of an update: ${failed}.`).asReported();
    }
}

function linesOf({ stack, checks }: Section, colors: Colors): string {
    const marks: Readonly<Record<Check["state"], string>> = {
        ok: colors.green("✓"),
        warning: colors.yellow("!"),
        failed: colors.red("✗"),
        skipped: colors.dim("–"),
    };
    const lines = checks.flatMap(({ about, state, says, mend }) => [
        `  ${marks[state]} ${about}: ${says}`,
        ...(mend === undefined ? [] : [`    mend: ${mend}`]),
    ]);
    return `${[colors.bold(stack ?? "This machine"), ...lines].join("\n")}\n`;
}

const command = new Command("npm run doctor")
    .usage("-- [options]")
    .description("Looks whether everything is there that `pulumi up` needs, and says what mends what is not.")
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

Exit codes: 0 nothing is in the way, 1 something is to be mended, 2 wrong usage.`,
    )
    .action(doctor);

void runCommand(command, process.argv);
