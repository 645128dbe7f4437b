import pLimit from "p-limit";

import { stacksOr } from "../tools/stackFiles";
import { linkToRun, type Part, reportOf } from "./markdown";
import { runPulumi } from "./run";

export interface Report {
    readonly markdown: string;
    /** Whether someone should look at it. */
    readonly failed: boolean;
}

/** Previews the named stacks, or every stack in promotion order, `parallel` of them at a time. */
export async function previewAll(named: readonly string[], parallel: number): Promise<Report> {
    const stacks = await stacksOr(named);
    const atOnce = pLimit(parallel);
    const parts = await Promise.all(stacks.map((stack) => atOnce(() => previewOf(stack, stacks.length))));
    return {
        markdown: reportOf("Preview", parts, linkToRun(process.env)),
        failed: parts.some(({ failed }) => failed),
    };
}

const noChanges = "no changes";

async function previewOf(stack: string, count: number): Promise<Part & { readonly failed: boolean }> {
    const prefix = count > 1 ? `${stack} | ` : "";
    const { code, output } = await runPulumi(["preview", "--diff", "--stack", stack], prefix);
    const failed = code !== 0;
    const summary = failed ? "**failed**" : changesIn(output);
    // A comment of GitHub has room for the output of few stacks.
    const isShown = count <= 10 || summary !== noChanges;
    return { title: stack, summary, output: isShown ? output : "", failed };
}

/** The lines under `Resources:`, without the one for unchanged resources. */
export function changesIn(output: string): string {
    const [, list = ""] = /^Resources:\n((?: {4}.*\n?)*)/m.exec(output) ?? [];
    const lines = list.split("\n").map((line) => line.trim());
    const changes = lines.filter((line) => line !== "" && !/^\d+ unchanged$/.test(line));
    return changes.length > 0 ? changes.join(", ") : noChanges;
}
