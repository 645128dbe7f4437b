import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parseAllDocuments } from "yaml";

import { fitProblems } from "../../checks/fit";
import { readConfig } from "../../config";
import type { ManifestObject } from "../../domain/objects";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

interface Entry {
    required?: string[];
    properties: Record<string, { default?: string }>;
}
interface Definition {
    readonly spec: {
        readonly names: { readonly kind: string };
        readonly versions: readonly {
            readonly schema: {
                readonly openAPIV3Schema: {
                    readonly properties: { readonly spec: { properties: Record<string, unknown> } };
                };
            };
        }[];
    };
}

const own = { apiVersion: "example.com/v1", current: "true" };
const withKind = { ...own, kind: "Task" };
const old = ["apiVersion", "current", "kind"];

/** The reasons against a release of Flux for a stack with a health check; `change` makes its CRD an older one. */
async function unfit(check: object, change: (fields: Record<string, unknown>, entry: Entry) => void) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", { "fluxcd:kustomizations": { infrastructure: { healthCheckExprs: [check] } } });
    const text = readFileSync("test/fixtures/definitions.yaml", "utf8");
    const all = parseAllDocuments(text).map((document) => document.toJS() as unknown);
    const found = (all as Definition[]).find(({ spec }) => spec.names.kind === "Kustomization");
    const fields = found?.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? assert.fail();
    change(fields, (fields.healthCheckExprs as { items: Entry }).items);
    return fitProblems(readConfig(), all as ManifestObject[]).map(({ expected }) => expected);
}

describe("The check that a Flux release supports the stack's health checks", () => {
    for (const [what, check, required] of [
        ["a check of a kind, in a release that requires a kind", withKind, old],
        ["a preset, in a release that requires a kind", { preset: "cert-manager" }, old],
        ["a check of a group, in a release that requires none", own, ["apiVersion", "current"]],
        ["a check of a group, in a release that says nothing about it", own, undefined],
    ] as const) {
        it(`accepts ${what}`, async () => {
            const found = await unfit(check, (_, entry) => Object.assign(entry, required && { required }));
            assert.deepEqual(found, []);
        });
    }

    it("accepts a check of a group in a release with a default for the kind", async () => {
        const found = await unfit(own, (_, entry) => {
            entry.required = old;
            entry.properties.kind = { default: "Any" };
        });
        assert.deepEqual(found, []);
    });

    it("refuses a check of a group in a release that requires a kind", async () => {
        const [found = "", ...others] = await unfit(own, (_, entry) => Object.assign(entry, { required: old }));
        assert.match(found, /Kustomization has no spec\.healthCheckExprs without kind \(the Kustomization infra/);
        assert.deepEqual(others, []);
    });

    it("refuses any check in a release that has none", async () => {
        const [found = ""] = await unfit({ preset: "keda" }, (fields) => {
            delete fields.healthCheckExprs;
        });
        assert.match(found, /Kustomization has no spec\.healthCheckExprs \(the Kustomization infrastructure\)/);
    });
});
