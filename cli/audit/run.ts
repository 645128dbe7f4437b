import { promotedSources } from "../../config/sources";
import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes } from "../terminal/exit";
import { selected } from "../terminal/options";
import { printJson } from "../terminal/json";
import { step } from "../terminal/progress";
import { audit, type SourceAudit } from "./gather";
import { asData, forPeople } from "./print";
import { auditRequest } from "./request";

interface Options {
    readonly ref?: string;
    readonly source?: string;
    readonly json?: true;
}

/** Compares the overlays of all environments. */
export async function run({ ref, source, json }: Options): Promise<void> {
    const request = await auditRequest(ref);
    const sources = selected(promotedSources(request.configs[0]), source);
    const audits = await step("Building the overlays", Promise.all(sources.map((each) => audit(each, request))));
    if (json) {
        printJson({ audits: audits.map(asData) });
    } else {
        const colors = colorsFor(process.stdout);
        process.stdout.write(audits.map((it) => forPeople(it, colors)).join("\n"));
    }
    const bad = audits.filter(({ unintended, stale }) => unintended.length + stale.length > 0);
    const incomplete = audits.filter(({ unbuilt = [] }) => unbuilt.length > 0);
    if (bad.length > 0) {
        throw new CommandError(exitCodes.failed, `Undeclared or stale differences in ${namesOf(bad)}.`).asReported();
    }
    if (incomplete.length > 0) {
        throw new CommandError(
            exitCodes.failed,
            `Not all folders of ${namesOf(incomplete)} could be compared.`,
        ).asReported();
    }
}

function namesOf(audits: readonly SourceAudit[]): string {
    return audits.map(({ repository }) => repository).join(", ");
}
