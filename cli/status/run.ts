import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes } from "../terminal/exit";
import { printJson } from "../terminal/json";
import { step } from "../terminal/progress";
import { forgetPrinted } from "../tools/pulumi";
import { stacksOr } from "../tools/stackFiles";
import { tokenHere } from "../tools/token";
import { type EnvironmentStatus, gatherAll, isHealthy } from "./gather";
import { asHtml } from "./html";
import { forTerminal } from "./table";

interface Options {
    readonly stack: readonly string[];
    readonly watch?: true;
    readonly interval: number;
    readonly html?: string;
    readonly json?: true;
}

/** Shows all environments, once or repeatedly. */
export async function status(options: Options): Promise<void> {
    const stacks = await stacksOr(options.stack);
    const look = () => step(`Asking ${stacks.join(", ")}`, lookAt(stacks));
    let environments = await look();
    print(environments, options);
    while (options.watch) {
        await delay(options.interval * 1000);
        forgetPrinted();
        environments = await lookAt(stacks);
        print(environments, options);
    }
    const ill = environments.filter((it) => !isHealthy(it));
    if (ill.length > 0) {
        const names = ill.map(({ stack }) => stack).join(", ");
        const problems = ill.flatMap((it) => it.problems ?? []);
        throw new CommandError(exitCodes.failed, `Not healthy: ${names}.`, problems).asReported();
    }
}

function lookAt(stacks: readonly string[]): Promise<EnvironmentStatus[]> {
    return gatherAll(stacks, tokenHere());
}

const clearScreen = "\u001b[2J\u001b[H";

function print(environments: readonly EnvironmentStatus[], { html, json, watch }: Options): void {
    if (html !== undefined) {
        writeFileSync(html, asHtml(environments, new Date()));
    }
    if (json) {
        // The problems with settings follow on stderr.
        printJson({ environments: environments.map(({ problems: _, ...environment }) => environment) }, watch);
        return;
    }
    const colors = colorsFor(process.stdout);
    process.stdout.write(
        `${watch && process.stdout.isTTY ? clearScreen : ""}${forTerminal(environments, colors, new Date())}`,
    );
}
