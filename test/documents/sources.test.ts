import assert from "node:assert/strict";

import { parse } from "yaml";

import { readConfig } from "../../config";
import { blocks } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

describe("docs/sources.md", () => {
    it("shows a valid stack file with the sources and Kustomizations that the page describes", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const shown = blocks("docs/sources.md").find(({ text }) => text.startsWith("# Pulumi.dev.yaml"));
        const { config } = parse(shown?.text ?? "") as { config: Record<string, unknown> };
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", config);
        const { sources, kustomizations } = readConfig();
        assert.deepEqual(Object.keys(sources), ["infrastructure", "apps", "platform", "podinfo"]);
        assert.deepEqual(
            Object.entries(kustomizations).map(([name, { source, dependsOn }]) => [name, source, dependsOn]),
            [
                ["infrastructure", "infrastructure", []],
                ["infrastructure-configs", "infrastructure", ["infrastructure"]],
                ["apps", "apps", ["infrastructure-configs"]],
                ["platform", "platform", ["infrastructure"]],
                ["podinfo", "podinfo", ["platform"]],
            ],
        );
    });
});

describe("docs/image-automation.md", () => {
    it("shows a valid stack file, and an image marker with the name of its policy", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const [stackFile, mark] = blocks("docs/image-automation.md").filter(({ language }) => language === "yaml");
        const { config } = parse(stackFile?.text ?? "") as { config: Record<string, unknown> };
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", config);
        const { imageAutomation } = readConfig();
        assert.equal(imageAutomation?.base, "main");
        const [policy = ""] = Object.keys(imageAutomation.policies);
        assert.ok(mark?.text.includes(`{"$imagepolicy": "flux-system:${policy}:tag"}`), mark?.text);
    });
});
