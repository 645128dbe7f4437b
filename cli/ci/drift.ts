import { z } from "zod";

import { sourceNames } from "../../domain/release";
import { messageOf } from "../../domain/problem";
import { audit } from "../audit/gather";
import { forPeople } from "../audit/print";
import { auditRequest } from "../audit/request";
import { colorless } from "../terminal/colors";
import { wordsOf } from "../terminal/exit";
import { readSettings, stackOutputs } from "../tools/pulumi";
import { stackFiles } from "../tools/stackFiles";
import { linkToRun, type Part, reportOf } from "./markdown";
import type { Report } from "./preview";
import { runPulumi } from "./run";

type Finding = Part & { readonly failed: boolean };

/** Looks for all that may drift or end: each stack against what is there, its credentials, and the overlays. */
export async function findDrift(now: Date): Promise<Report> {
    const findings: Finding[] = [];
    for (const stack of stackFiles()) {
        findings.push(await driftOf(stack), ...(await expiries(stack, now)));
    }
    // One environment differs from none.
    findings.push(...(stackFiles().length > 1 ? await differences() : []));
    const failed = findings.some((it) => it.failed);
    return { markdown: reportOf("Drift", findings, linkToRun(process.env)), failed };
}

/** What `pulumi up --refresh` would change. */
async function driftOf(stack: string): Promise<Finding> {
    const { code, output } = await runPulumi("preview", "--refresh", "--expect-no-changes", "--diff", "--stack", stack);
    const fix = `look at it, then \`pulumi up --refresh -s ${stack}\``;
    return code === 0
        ? { title: stack, summary: "as it was made", output: "", failed: false }
        : { title: stack, summary: `**changed, or not to be read**: ${fix}`, output, failed: true };
}

const outputsSchema = z.object({
    credentials: z.object({ flux: z.object({ expires: z.string().optional() }) }).optional(),
});

/** What Flux reads with, where it ends within `fluxcd:tokenExpiryWarningDays`. The token of CI itself lives for an hour. */
async function expiries(stack: string, now: Date): Promise<Finding[]> {
    const title = `${stack}, credentials`;
    try {
        const [{ config }, outputs] = await Promise.all([readSettings(stack), stackOutputs(stack)]);
        const { credentials } = outputsSchema.parse(outputs);
        return expiring(credentials?.flux.expires, config.tokenExpiryWarningDays, now).map((summary) => ({
            title,
            summary,
            output: "",
            failed: true,
        }));
    } catch (error) {
        return [{ title, summary: `**not to be read**: ${messageOf(error)}`, output: "", failed: true }];
    }
}

const day = 24 * 60 * 60 * 1000;

/** A warning, where there is one. */
export function expiring(expires: string | undefined, warningDays: number, now: Date): string[] {
    const left = expires === undefined ? Infinity : (Date.parse(expires) - now.getTime()) / day;
    const when = left < 0 ? "has ended" : `ends in ${Math.floor(left)} days`;
    return left > warningDays ? [] : [`**what Flux reads with ${when}**, at ${expires ?? ""}: docs/identity.md`];
}

async function differences(): Promise<Finding[]> {
    const title = "environments";
    try {
        const request = await auditRequest(undefined);
        const audits = await Promise.all(sourceNames.map((source) => audit(source, request)));
        const bad = audits.filter(({ unintended, stale }) => unintended.length + stale.length > 0);
        const output = bad.map((it) => forPeople(it, colorless)).join("\n");
        return bad.length === 0
            ? [{ title, summary: "differ as declared", output, failed: false }]
            : [{ title, summary: "**differ in what is not declared**: `npm run audit`", output, failed: true }];
    } catch (error) {
        return [{ title, summary: "**not to be compared**", output: wordsOf(error), failed: true }];
    }
}
