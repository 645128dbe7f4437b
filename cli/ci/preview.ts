import { stacksOr } from "../tools/stackFiles";
import { linkToRun, type Part, reportOf } from "./markdown";
import { runPulumi } from "./run";

export interface Report {
    readonly markdown: string;
    /** Whether someone should look at it. */
    readonly failed: boolean;
}

/** Previews the named stacks, or every stack in promotion order. */
export async function previewAll(named: readonly string[] = []): Promise<Report> {
    const parts: (Part & { failed: boolean })[] = [];
    for (const stack of await stacksOr(named)) {
        const { code, output } = await runPulumi("preview", "--diff", "--stack", stack);
        const failed = code !== 0;
        parts.push({ title: stack, summary: failed ? "**failed**" : changesIn(output), output, failed });
    }
    return {
        markdown: reportOf("Preview", parts, linkToRun(process.env)),
        failed: parts.some(({ failed }) => failed),
    };
}

/** The lines under `Resources:`, without the one for unchanged resources. */
export function changesIn(output: string): string {
    const [, list = ""] = /^Resources:\n((?: {4}.*\n?)*)/m.exec(output) ?? [];
    const lines = list.split("\n").map((line) => line.trim());
    const changes = lines.filter((line) => line !== "" && !/^\d+ unchanged$/.test(line));
    return changes.length > 0 ? changes.join(", ") : "no changes";
}
