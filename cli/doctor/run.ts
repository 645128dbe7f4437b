import type { Colors } from "picocolors/types";

import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes } from "../terminal/exit";
import { step } from "../terminal/progress";
import { stacksOr } from "../tools/stackFiles";
import type { Check } from "./check";
import { examine, type Section } from "./examine";

interface Options {
    readonly stack: readonly string[];
    readonly json?: true;
}

/** Looks at everything that an update needs, whatever fails. */
export async function doctor(options: Options): Promise<void> {
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
    const lines = checks.flatMap(({ about, state, says, fix }) => [
        `  ${marks[state]} ${about}: ${says}`,
        ...(fix === undefined ? [] : [`    fix: ${fix}`]),
    ]);
    return `${[colors.bold(stack ?? "This machine"), ...lines].join("\n")}\n`;
}
