import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { scratchFolder } from "../support/scratch";
import { pullRequest, type Result, runScript, scriptOf } from "../support/workflowScript";

describe("up.yaml, for a merge", function () {
    this.timeout(60_000);

    const script = scriptOf("up.yaml", "stacks", "Select the stacks");
    const text = "config: { changed: true }\n";

    /** The selected stacks; `before` is the commit that main was at. */
    async function selected(folder: string, variables: NodeJS.ProcessEnv): Promise<Result & { stacks: string }> {
        const output = join(scratchFolder(), "output");
        writeFileSync(output, "");
        const ALL = "dev staging production";
        const result = await runScript(script, folder, {
            ASKED: "",
            BEFORE: "",
            ALL,
            GITHUB_OUTPUT: output,
            ...variables,
        });
        assert.equal(result.code, 0, result.output);
        const [, stacks = ""] = /^selected= (.*?) *\n$/.exec(readFileSync(output, "utf8")) ?? [];
        return { ...result, stacks };
    }

    const firstParent = (folder: string) =>
        execFileSync("git", ["rev-parse", "HEAD^1"], { cwd: folder, encoding: "utf8" }).trim();

    for (const [title, change, stacks] of [
        ["one stack file", { "Pulumi.production.yaml": text }, "production"],
        ["two stack files", { "Pulumi.dev.yaml": text, "Pulumi.production.yaml": text }, "dev production"],
        ["a stack file and the program", { "Pulumi.production.yaml": text, "index.ts": "" }, "dev staging production"],
        ["the project file", { "Pulumi.yaml": text }, "dev staging production"],
        ["a document", { "README.md": "# Read me\n" }, "dev staging production"],
        ["a file of the same name in another folder", { "docs/Pulumi.dev.yaml": text }, "dev staging production"],
        ["nothing", {}, "dev staging production"],
    ] as const) {
        it(`applies ${stacks.replaceAll(" ", ", ")} if it changes ${title}`, async () => {
            const folder = pullRequest(change);
            const found = await selected(folder, { BEFORE: firstParent(folder) });
            assert.equal(found.stacks, stacks);
            assert.doesNotMatch(found.output, /::warning::/);
        });
    }

    it("warns of a changed stack file that no job applies", async () => {
        const folder = pullRequest({ "Pulumi.production-eu.yaml": text });
        const { stacks, output } = await selected(folder, { BEFORE: firstParent(folder) });
        assert.equal(stacks, "production-eu");
        assert.match(output, /^::warning::No job of up\.yaml applies the stack production-eu\. fix: pulumi up/m);
    });

    for (const [title, BEFORE] of [
        ["is not known", ""],
        ["is no commit", "0".repeat(40)],
    ] as const) {
        it(`applies all stacks if what main was before ${title}`, async () => {
            const { stacks } = await selected(pullRequest({ "Pulumi.production.yaml": text }), { BEFORE });
            assert.equal(stacks, "dev staging production");
        });
    }

    for (const [ASKED, stacks] of [
        ["all", "dev staging production"],
        ["dev", "dev"],
        ["production", "production"],
    ] as const) {
        it(`started by hand for ${ASKED}, applies ${stacks.replaceAll(" ", ", ")}`, async () => {
            const found = await selected(pullRequest({ "index.ts": "" }), { ASKED });
            assert.equal(found.stacks, stacks);
        });
    }
});
