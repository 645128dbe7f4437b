import { promotedSources } from "../../config/sources";
import { outputsSchema } from "../../domain/outputs";
import { messageOf } from "../../domain/problem";
import { audit, type SourceAudit } from "../audit/gather";
import { forPeople } from "../audit/print";
import { auditRequest } from "../audit/request";
import { colorless } from "../terminal/colors";
import { wordsOf } from "../terminal/exit";
import { readSettings, stackOutputs } from "../tools/pulumi";
import { stacksOr } from "../tools/stackFiles";
import { changesFirst } from "./changes";
import { linkToRun, type Part, reportOf } from "./markdown";
import type { Report } from "./preview";
import { runPulumi } from "./run";

type Finding = Part & { readonly failed: boolean };

/** Checks each stack for drift and expiring credentials, and the overlays for undeclared differences. */
export async function findDrift(now: Date, named: readonly string[] = []): Promise<Report> {
    const findings: Finding[] = [];
    const stacks = await stacksOr(named);
    for (const stack of stacks) {
        findings.push(await driftOf(stack), ...(await expiries(stack, now)));
    }
    // Differences need at least two environments.
    findings.push(...(stacks.length > 1 ? await differences(named) : []));
    const failed = findings.some((it) => it.failed);
    return { markdown: reportOf("Drift", findings, linkToRun(process.env)), failed };
}

/** The changes that `pulumi up --refresh` would make. */
async function driftOf(stack: string): Promise<Finding> {
    const options = ["--refresh", "--expect-no-changes", "--diff", "--stack", stack];
    const { code, output } = await runPulumi(["preview", ...options]);
    const fix = `look at it, then \`pulumi up --refresh -s ${stack}\``;
    return code === 0
        ? { title: stack, summary: "no drift", output: "", failed: false }
        : {
              title: stack,
              summary: `**changed, or not to be read**: ${fix}`,
              output: changesFirst(output),
              failed: true,
          };
}

/**
 * Checks whether Flux's Git credential expires within `fluxcd:tokenExpiryWarningDays`. The token of CI lives for one
 * hour only.
 */
async function expiries(stack: string, now: Date): Promise<Finding[]> {
    const title = `${stack}, credentials`;
    try {
        const [{ config }, outputs] = await Promise.all([readSettings(stack), stackOutputs(stack)]);
        const { success, data } = outputsSchema.safeParse(outputs);
        return expiring(success ? data.credentials.flux.expires : undefined, config.tokenExpiryWarningDays, now).map(
            (summary) => ({
                title,
                summary,
                output: "",
                failed: true,
            }),
        );
    } catch (error) {
        return [{ title, summary: `**could not be read**: ${messageOf(error)}`, output: "", failed: true }];
    }
}

const day = 24 * 60 * 60 * 1000;

/** A warning if the expiry is near or past; otherwise empty. */
export function expiring(expires: string | undefined, warningDays: number, now: Date): string[] {
    const left = expires === undefined ? Infinity : (Date.parse(expires) - now.getTime()) / day;
    const when = left < 0 ? "has expired" : `expires in ${Math.floor(left)} days`;
    return left > warningDays ? [] : [`**Flux's Git credential ${when}**, at ${expires ?? ""}: docs/identity.md`];
}

async function differences(named: readonly string[]): Promise<Finding[]> {
    const title = "environments";
    try {
        const request = await auditRequest(undefined, named);
        const audits = await Promise.all(
            promotedSources(request.configs[0]).map(({ name: source }) => audit(source, request)),
        );
        return [{ title, ...differencesIn(audits) }];
    } catch (error) {
        return [{ title, summary: "**could not be compared**", output: wordsOf(error), failed: true }];
    }
}

/**
 * A folder that does not build here is told, but is no drift: Flux itself, or the check of its pull request, says that
 * it is broken.
 */
export function differencesIn(audits: readonly SourceAudit[]): Omit<Finding, "title"> {
    const bad = audits.filter(({ unintended, stale }) => unintended.length + stale.length > 0);
    const unbuilt = audits.flatMap((it) => it.unbuilt ?? []);
    const except = unbuilt.length > 0 ? `; not compared: ${unbuilt.map(({ path }) => path).join(", ")}` : "";
    const told = audits.filter((it) => bad.includes(it) || (it.unbuilt ?? []).length > 0);
    const output = told.map((it) => forPeople(it, colorless)).join("\n");
    return bad.length === 0
        ? { summary: `differ as declared${except}`, output, failed: false }
        : { summary: `**undeclared or stale differences**: \`npx fluxcd audit\`${except}`, output, failed: true };
}
