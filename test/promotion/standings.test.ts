import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { standingsOf } from "../../promotion/standings";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const commit = "1".repeat(40);
const tags = { infrastructure: { tag: "prod-v1.0.0" }, apps: { tag: "prod-v1.0.0" } };

async function configOf(stack: string, overrides: Record<string, unknown> = {}) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine(stack);
    useStackFile(`Pulumi.${stack}.yaml`, overrides);
    return readConfig();
}

describe("standingsOf", () => {
    it("returns the tag of each promoted source, with the commit that GitHub reports", async () => {
        const found = { infrastructure: { ref: { tag: "prod-v1.0.0", commit } }, apps: { ref: tags.apps } };
        assert.deepEqual(standingsOf(await configOf("production"), found), {
            infrastructure: { tag: "prod-v1.0.0", commit },
            apps: { tag: "prod-v1.0.0", commit: "" },
        });
    });

    it("returns the branch if the stack follows one, even if the repository does not exist yet", async () => {
        const found = { infrastructure: { ref: { branch: "main" } } };
        const main = { branch: "main" };
        assert.deepEqual(standingsOf(await configOf("dev"), found), { infrastructure: main, apps: main });
    });

    it("includes the exemption of any promoted source, and omits sources that are not promoted", async () => {
        const hotfix = { hotfix: true, reason: "CVE-2026-1234" };
        const sources = {
            ...tags,
            platform: { promoted: true, repository: "platform", tag: "prod-v2.0.0", ...hotfix },
            podinfo: { url: "https://github.com/stefanprodan/podinfo", tag: "6.11.0" },
        };
        const config = await configOf("production", { "fluxcd:sources": sources });
        const found = {
            infrastructure: { ref: { ...tags.infrastructure, commit } },
            apps: { ref: { ...tags.apps, commit } },
            platform: { ref: { tag: "prod-v2.0.0", commit } },
            podinfo: { ref: { tag: "6.11.0" } },
        };
        assert.deepEqual(standingsOf(config, found), {
            infrastructure: { tag: "prod-v1.0.0", commit },
            apps: { tag: "prod-v1.0.0", commit },
            platform: { tag: "prod-v2.0.0", commit, exemption: { kind: "hotfix", reason: "CVE-2026-1234" } },
        });
    });
});
