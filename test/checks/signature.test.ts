import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { promotedSources } from "../../config/sources";
import { tagToSign } from "../../checks/signature";
import { startEngine } from "../support/engine";
import { sshKey } from "../support/publicKeys";
import { useStackFile } from "../support/stack";

const release = { tag: "prod-v1.1.0", commit: "a".repeat(40) };

async function problems(verify: object | undefined) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("production");
    const [infrastructure, apps] = [{ tag: "prod-v1.0.0" }, { tag: "prod-v1.0.0", verify }];
    useStackFile("Pulumi.production.yaml", { "fluxcd:sources": { infrastructure, apps } });
    const [, source] = promotedSources(readConfig());
    assert.equal(source?.name, "apps");
    return tagToSign(source, release);
}

describe("The check of a tag that promote creates", () => {
    it("refuses an unsigned tag if tags are verified, and names the commands for a signed tag", async () => {
        const [problem, ...others] = await problems({ mode: "Tag", keys: [sshKey] });
        assert.deepEqual([problem?.refusal, problem?.key, others], ["unsigned-tag", "fluxcd:sources.apps.tag", []]);
        assert.ok(problem?.fix.includes(`tag -s prod-v1.1.0 -m prod-v1.1.0 ${release.commit} &&`), problem?.fix);
    });

    for (const verify of [undefined, { mode: "HEAD", keys: [sshKey] }]) {
        it(`accepts an unsigned tag with ${verify ? `mode ${verify.mode}` : "no verification"}`, async () => {
            assert.deepEqual(await problems(verify), []);
        });
    }
});
