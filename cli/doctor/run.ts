import type { Colors } from "picocolors/types";

import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes } from "../terminal/exit";
import { printJson } from "../terminal/json";
import { step } from "../terminal/progress";
import { stacksOr } from "../tools/stackFiles";
import type { Line } from "./line";
import { examine, type Section } from "./examine";

interface Options {
    readonly stack: readonly string[];
    readonly json?: true;
}

/** Checks everything that an update needs, even if a check fails. */
export async function doctor(options: Options): Promise<void> {
    const stacks = await stacksOr(options.stack);
    const work = examine(stacks, process.env.GITHUB_TOKEN ?? "");
    const sections = await step(`Checking this machine, GitHub and ${stacks.join(", ")}`, work);
    if (options.json) {
        printJson({ sections });
    } else {
        process.stdout.write(sections.map((section) => linesOf(section, colorsFor(process.stdout))).join("\n"));
    }
    const failed = sections.flatMap(({ checks }) => checks).filter(({ state }) => state === "failed").length;
    if (failed > 0) {
        throw new CommandError(exitCodes.failed, `${failed} ${failed === 1 ? "check" : "checks"} failed.`).asReported();
    }
}

function linesOf({ stack, checks }: Section, colors: Colors): string {
    const marks: Readonly<Record<Line["state"], string>> = {
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
