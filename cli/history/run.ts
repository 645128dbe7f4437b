import { colorsFor } from "../terminal/colors";
import { step } from "../terminal/progress";
import { type Promotion, promotionsOf } from "./promotions";
import { stackHistory } from "../tools/pulumi";
import { plainTable } from "../terminal/table";

interface Options {
    readonly limit: number;
    readonly json?: true;
}

/** Lists the releases a stack has taken, newest first. */
export async function history(stack: string, { limit, json }: Options): Promise<void> {
    const updates = await step(`read the history of ${stack}`, stackHistory(stack));
    const promotions = promotionsOf(updates).slice(0, limit);
    process.stdout.write(json ? `${JSON.stringify(promotions, undefined, 2)}\n` : tableOf(stack, promotions));
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
