import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../paths.ts";
import { readProject } from "../settings.ts";
import { requiredVersion } from "../toolchain/go.ts";
import { allCases } from "./cases.ts";
import { machine, reliability } from "./report.ts";
import { type Outcome, type Results, resultsSchema } from "./results.ts";

export const resultsFile = join(checkout, "docs", "reliability.json");
export const documentFile = join(checkout, "docs", "reliability.md");

export function readResults(): Results | undefined {
    return existsSync(resultsFile)
        ? resultsSchema.parse(JSON.parse(readFileSync(resultsFile, "utf8")) as unknown)
        : undefined;
}

/** Adds outcomes to those that are kept, over older ones of the same cases, and makes the document anew. */
export function write(outcomes: readonly Outcome[]): void {
    const all = allCases().map(({ id }) => id);
    const ids = outcomes.map((outcome) => outcome.case);
    const before = (readResults()?.outcomes ?? []).filter((outcome) => !ids.includes(outcome.case));
    const kept = [...before, ...outcomes].filter((outcome) => all.includes(outcome.case));
    const results = {
        of: all.length,
        date: new Date().toISOString().slice(0, 10),
        machine: machine(),
        versions: versions(),
        outcomes: kept.sort((a, b) => all.indexOf(a.case) - all.indexOf(b.case)),
    };
    writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync(documentFile, `${reliability(results)}\n`);
}

function versions(): Record<string, string> {
    const { dependencies } = parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
        dependencies: Record<string, string>;
    };
    return {
        Flux: readProject().fluxVersion,
        Kubernetes: requiredVersion("k8s.io/kubernetes"),
        Pulumi: requiredVersion("github.com/pulumi/pulumi/pkg/v3"),
        "@pulumi/github": dependencies["@pulumi/github"] ?? "",
        "@pulumi/kubernetes": dependencies["@pulumi/kubernetes"] ?? "",
    };
}
