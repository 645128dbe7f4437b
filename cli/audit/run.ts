import { type SourceName, sourceNames } from "../../domain/release";
import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes } from "../terminal/exit";
import { step } from "../terminal/progress";
import { audit } from "./gather";
import { asData, forPeople } from "./print";
import { auditRequest } from "./request";

interface Options {
    readonly ref?: string;
    readonly only?: SourceName;
    readonly json?: true;
}

/** Compares the overlays of all environments. */
export async function run({ ref, only, json }: Options): Promise<void> {
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
