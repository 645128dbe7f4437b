import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { Command, InvalidArgumentError } from "commander";

import { colorsFor } from "./colors";
import { CommandError, exitCodes, runCommand } from "./exit";
import { step } from "./progress";
import { collect, stacksOr } from "./stackFiles";
import { type EnvironmentStatus, gather, inOrder, isHealthy } from "./status/gather";
import { asHtml } from "./status/html";
import { forTerminal } from "./status/table";
import { tokenHere } from "./token";

interface Options {
    readonly env: readonly string[];
    readonly watch?: true;
    readonly interval: number;
    readonly html?: string;
    readonly json?: true;
}

async function status(options: Options): Promise<void> {
    const stacks = stacksOr(options.env, "--env");
    const look = () => step(`Asking ${stacks.join(", ")}`, lookAt(stacks));
    let environments = await look();
    print(environments, options);
    while (options.watch) {
        await delay(options.interval * 1000);
        environments = await lookAt(stacks);
        print(environments, options);
    }
    const ill = environments.filter((it) => !isHealthy(it));
    if (ill.length > 0) {
        const names = ill.map(({ stack }) => stack).join(", ");
        throw new CommandError(exitCodes.failed, `Not healthy: ${names}.`).asReported();
    }
}

async function lookAt(stacks: readonly string[]): Promise<EnvironmentStatus[]> {
    const token = tokenHere();
    return inOrder(await Promise.all(stacks.map((stack) => gather(stack, token))));
}

const clearScreen = "\u001b[2J\u001b[H";

function print(environments: readonly EnvironmentStatus[], { html, json, watch }: Options): void {
    if (html !== undefined) {
        writeFileSync(html, asHtml(environments, new Date()));
    }
    if (json) {
        process.stdout.write(`${JSON.stringify(environments, undefined, watch ? 0 : 2)}\n`);
        return;
    }
    const colors = colorsFor(process.stdout);
    process.stdout.write(
        `${watch && process.stdout.isTTY ? clearScreen : ""}${forTerminal(environments, colors, new Date())}`,
    );
}

function positive(text: string): number {
    const value = Number(text);
    if (!(value > 0)) {
        throw new InvalidArgumentError("expected a number of seconds above 0.");
    }
    return value;
}

const command = new Command("npm run status")
    .usage("-- [options]")
    .description("Shows every environment: what it should run, what it runs, and what is wrong with it.")
    .option("--env <stack>", "only this stack; may be given more than once", collect, [])
    .option("--watch", "show it again and again, until it is interrupted")
    .option("--interval <seconds>", "with --watch, how long to wait in between", positive, 5)
    .option("--html <file>", "write a report too: one page that needs nothing else")
    .option("--json", "print JSON; with --watch, one line each time")
    .helpOption("-h, --help", "this text")
    .showHelpAfterError("(--help shows how it is used)")
    .addHelpText(
        "after",
        `
It asks the clusters, side by side, and where GITHUB_TOKEN is set also GitHub, for the commits that are wanted and the age
of the deploy keys. A cluster that does not answer is shown as such. Nothing is changed anywhere. docs/status.md says more.

Examples:
  npm run status
  npm run status -- --env production --watch
  npm run status -- --html status.html
  npm run status -- --json

Exit codes: 0 all healthy, 1 something is not, 2 wrong usage.`,
    )
    .action(status);

void runCommand(command, process.argv);
