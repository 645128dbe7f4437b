import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments } from "yaml";

import { readConfig } from "../../config";
import type { PolicyRule } from "../../config/access";
import { blocks } from "../support/documents";
import { startEngine } from "../support/engine";
import { buildScaffold } from "../support/scaffold";
import { useStackFile } from "../support/stack";
import { scratchFolder } from "../support/scratch";

const file = "docs/access.md";
const changes = ["get", "list", "watch", "create", "update", "patch", "delete"];
const plurals: Readonly<Record<string, string>> = { NetworkPolicy: "networkpolicies" };

describe(file, () => {
    let rules: readonly PolicyRule[];

    before(async () => {
        const { infrastructure } = (await configIn("rules:")).kustomizations;
        rules = infrastructure?.rules ?? [];
    });

    const allows = (group: string, resource: string, verb: string) =>
        rules.some(
            ({ apiGroups = [], resources = [], verbs }) =>
                apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb),
        );

    it("shows rules for every kind of object in the scaffold's infrastructure", async () => {
        const { infrastructure } = await buildScaffold("production");
        for (const { apiVersion, kind } of infrastructure) {
            const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
            const resource = plurals[kind] ?? `${kind.toLowerCase()}s`;
            for (const verb of changes) {
                assert.ok(allows(group, resource, verb), `${verb} ${resource}.${group}`);
            }
        }
    });

    it("shows rules with every right that the apps are granted, because RBAC forbids granting more", () => {
        const role = parseAllDocuments(
            readFileSync("scaffold/fluxcd-infrastructure/infrastructure/base/apps-reconciler.yaml", "utf8"),
        ).map((document) => document.toJS() as { kind: string; rules: PolicyRule[] });
        const granted = role.find(({ kind }) => kind === "ClusterRole")?.rules ?? [];
        assert.ok(granted.length > 0);
        for (const { apiGroups = [], resources = [], verbs } of granted) {
            for (const [group = "", resource = "", verb = ""] of product(apiGroups, resources, verbs)) {
                assert.ok(allows(group, resource, verb), `${verb} ${resource}.${group}`);
            }
        }
    });

    it("shows valid source URLs", async () => {
        const { flux } = await configIn("sourceUrls:");
        assert.equal(flux.options.sourceUrls.length, 3);
    });
});

async function configIn(part: string) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    const block = blocks(file).find(({ language, text }) => language === "yaml" && text.includes(part));
    const stackFile = join(scratchFolder(), "Pulumi.production.yaml");
    writeFileSync(stackFile, block?.text ?? "");
    await startEngine("production");
    const tag = { tag: "prod-v1.0.0" };
    useStackFile(stackFile, {
        "github:owner": "misua",
        "fluxcd:context": "production",
        "fluxcd:sources": { infrastructure: tag, apps: tag },
    });
    return readConfig();
}

function product(...lists: readonly (readonly string[])[]): string[][] {
    return lists.reduce<string[][]>((all, list) => all.flatMap((one) => list.map((item) => [...one, item])), [[]]);
}
