import { Command, InvalidArgumentError } from "commander";

import { colorsFor } from "./colors";
import { runCommand } from "./exit";
import { step } from "./progress";
import { type Promotion, promotionsOf } from "./promotions";
import { stackHistory } from "./pulumi";
import { plainTable } from "./table";

interface Options {
    readonly limit: number;
    readonly json?: true;
}

const command = new Command("history")
    .description("Lists the releases a stack has taken, newest first: who, when, from, to and why.")
    .argument("<stack>", "the stack, such as production")
    .option("-n, --limit <number>", "list at most so many", positive, 20)
    .option("--json", "print JSON instead of a table")
    .addHelpText(
        "after",
        `
It reads Pulumi's own history of the stack, which the backend keeps. Who is the author of the commit that the update was
applied from, marked * where the checkout had changes that no commit holds.

Examples:
  npm run history -- production
  npm run history -- production --limit 1 --json

Exit codes: 0 done, 1 failed, 2 wrong usage.`,
    )
    .action(async (stack: string, { limit, json }: Options) => {
        const history = await step(`read the history of ${stack}`, stackHistory(stack));
        const promotions = promotionsOf(history).slice(0, limit);
        process.stdout.write(json ? `${JSON.stringify(promotions, undefined, 2)}\n` : tableOf(stack, promotions));
    });

function tableOf(stack: string, promotions: readonly Promotion[]): string {
    if (promotions.length === 0) {
        return `${stack} has taken no release yet.\n`;
    }
    const colours = colorsFor(process.stdout);
    const kinds = { rollback: colours.yellow, hotfix: colours.yellow, destroy: colours.red };
    const rows = promotions.map(({ at, source, from, to, kind, by, uncommitted, reason, succeeded }) => {
        const colour = kind in kinds ? kinds[kind as keyof typeof kinds] : String;
        const outcome = succeeded ? colour(kind) : `${colour(kind)}, ${colours.red("failed")}`;
        const who = `${by ?? "unknown"}${uncommitted ? "*" : ""}`;
        return [at.replace(/\.\d+Z$/, "Z"), source, from ?? "-", to ?? "-", outcome, who, reason ?? ""];
    });
    const head = ["when", "source", "from", "to", "", "who", "why"].map((name) => colours.bold(name));
    return `${plainTable(head, rows)}\n`;
}

function positive(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("expected a number from 1.");
    }
    return Number(text);
}

void runCommand(command, process.argv);
