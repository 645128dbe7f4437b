import assert from "node:assert/strict";

import type { SourceAudit, Unbuilt } from "../../../cli/audit/gather";
import { changesFirst } from "../../../cli/ci/changes";
import { differencesIn } from "../../../cli/ci/drift";
import { reportOf } from "../../../cli/ci/markdown";

const definition = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const kustomization = "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization";
const urn = (type: string, name: string) =>
    `        [urn=urn:pulumi:dev::fluxcd::fluxcd:flux:Install$${type}::${name}]`;

/** The output of the first refresh of a stack: each CRD has a new status, and one resource was changed by hand. */
function firstRefresh(definitions: number): string {
    const refreshed = Array.from({ length: definitions }, (_, at) =>
        [
            `~ ${definition}: (refresh)`,
            `    [id=crd-${at}]`,
            urn(definition, `crd-${at}`),
            "    --outputs:--",
            `  ~ status: ${"x".repeat(5_000)}`,
        ].join("\n"),
    );
    return [
        "Previewing update (dev):",
        ...refreshed,
        "  pulumi:pulumi:Stack: (same)",
        "    [urn=urn:pulumi:dev::fluxcd::pulumi:pulumi:Stack::fluxcd-dev]",
        `    ~ ${kustomization}: (update)`,
        "        [id=flux-system/apps]",
        urn(kustomization, "apps-kustomization"),
        "      ~ spec: {",
        '          ~ interval: "7m" => "5m"',
        "          ~ data: (json) {}",
        "        }",
        "Resources:",
        "    ~ 1 to update",
        "    56 unchanged",
        "error: no changes were expected but changes were proposed",
        "",
    ].join("\n");
}

describe("The report on drift", () => {
    it("lists each changed resource in one line, then the changes, and last what was only read", () => {
        const lines = changesFirst(firstRefresh(2)).split("\n");
        assert.deepEqual(lines.slice(0, 4), [
            `~ ${kustomization} apps-kustomization (update)`,
            `~ ${definition} crd-0 (refresh)`,
            `~ ${definition} crd-1 (refresh)`,
            "",
        ]);
        const at = (text: string) => lines.findIndex((line) => line.includes(text));
        assert.ok(at("interval") < at("--outputs:--"));
        assert.ok(at("no changes were expected") < at("--outputs:--"));
    });

    it("keeps every line of the output", () => {
        const output = firstRefresh(3);
        const rest = changesFirst(output).split("\n").slice(5);
        assert.deepEqual(rest.toSorted(), output.split("\n").toSorted());
    });

    it("shows what has changed within the length that GitHub accepts", () => {
        const parts = ["dev", "staging", "production"].map((title) => ({
            title,
            summary: "**changed**",
            output: changesFirst(firstRefresh(40)),
        }));
        const report = reportOf("Drift", parts, "");
        assert.ok(report.length < 65_536, String(report.length));
        assert.equal(report.match(/~ interval: "7m" => "5m"/g)?.length, 3);
        assert.equal(report.match(/the rest is in the log of the run/g)?.length, 3);
    });

    it("leaves output without resources as it is", () => {
        const output = "error: no stack named 'dev' found\n  ~ data: (json) {\n";
        assert.equal(changesFirst(output), output);
    });

    for (const operation of ["create", "delete", "replace", "create-replacement", "delete-replaced", "import"]) {
        it(`lists a resource that is to ${operation} before what was only read`, () => {
            const output = [
                `~ ${definition}: (refresh)`,
                urn(definition, "crd"),
                `    +-kubernetes:core/v1:Secret: (${operation})`,
                urn("kubernetes:core/v1:Secret", "token"),
            ].join("\n");
            assert.equal(changesFirst(output).split("\n")[0], `+- kubernetes:core/v1:Secret token (${operation})`);
        });
    }
});

describe("The differences in a report on drift", () => {
    const audit: SourceAudit = {
        ...{ repository: "fluxcd-apps", ref: "main", commit: "c".repeat(40), file: "apps/audit.yaml" },
        ...{ standings: [], unintended: [], intended: [], stale: [], releases: [] },
    };
    const unbuilt: Unbuilt = {
        ...{ path: "apps/overlays/dev", ref: "main", commit: "c".repeat(40) },
        ...{ failure: "no such file", isOnlyHere: false },
    };
    const stale = { declaration: { target: { name: "a" }, reason: "gone" }, part: undefined };

    it("are no drift if a folder does not build here, which the report names", () => {
        const found = differencesIn([audit, { ...audit, unbuilt: [unbuilt] }]);
        assert.equal(found.failed, false);
        assert.equal(found.summary, "differ as declared; not compared: apps/overlays/dev");
        assert.match(found.output, /apps\/overlays\/dev does not build here at main \(ccccccc\):\n +no such file/);
    });

    it("are drift if one is not declared, whether all folders build or not", () => {
        assert.equal(differencesIn([{ ...audit, stale: [stale] }]).failed, true);
        assert.equal(differencesIn([{ ...audit, stale: [stale], unbuilt: [unbuilt] }]).failed, true);
        assert.deepEqual(differencesIn([audit]), { summary: "differ as declared", output: "", failed: false });
    });
});
