import { colorsFor } from "../terminal/colors";
import { printJson } from "../terminal/json";
import { step } from "../terminal/progress";
import { type Promotion, promotionsOf } from "./promotions";
import { promotedSources } from "../../config/sources";
import { readSettings, stackHistory } from "../tools/pulumi";
import { plainTable } from "../terminal/table";

interface Options {
    readonly limit: number;
    readonly json?: true;
}

/** Prints the releases that a stack has taken, newest first. */
export async function history(stack: string, { limit, json }: Options): Promise<void> {
    const [updates, { config }] = await step(
        `Reading the history of ${stack}`,
        Promise.all([stackHistory(stack), readSettings(stack)]),
    );
    const sources = promotedSources(config).map(({ name }) => name);
    const all = promotionsOf(updates, sources);
    const promotions = all.slice(0, limit);
    if (json) {
        printJson({ promotions });
    } else {
        process.stdout.write(tableOf(stack, promotions) + moreWords(stack, all.length - promotions.length, all.length));
    }
}

/** Says that the table is not complete, so that its last line is not taken for the first release. */
function moreWords(stack: string, more: number, all: number): string {
    return more === 0 ? "" : `\nAnd ${more} earlier: npx fluxcd history ${stack} --limit ${all}\n`;
}

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
