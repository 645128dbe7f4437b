import assert from "node:assert/strict";

import { parse } from "yaml";

import { readConfig } from "../../config";
import { verifiesTag, verifySchema } from "../../config/verification";
import { blocks, rows } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const file = "docs/verification.md";

describe(file, () => {
    it("shows a valid stack file", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const shown = blocks(file).find(({ text }) => text.startsWith("# Pulumi.production.yaml"));
        const { config } = parse(shown?.text ?? "") as { config: Record<string, object> };
        await startEngine("production");
        useStackFile("Pulumi.production.yaml", config);
        assert.equal(readConfig().sources.apps?.verify?.mode, "Tag");
    });

    it("lists every mode, and the modes that are refused with a branch", () => {
        const told = rows(file, "Mode").map((row) => [row.Mode?.replaceAll("`", ""), row["With a branch"]]);
        const modes = verifySchema.shape.mode.options;
        assert.deepEqual(
            told,
            modes.map((mode) => [mode, verifiesTag(mode) ? "refused" : "yes"]),
        );
    });
});
