import assert from "node:assert/strict";

import { applied, credentialOf, secretOf } from "./support/cluster";
import { repositories, whileFetching } from "./support/fetching";
import { deployKeys, standIn } from "./support/github";
import type { RepositoryName } from "./support/git";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

/** Production's keys of a repository on GitHub. */
async function onGitHub(repository: RepositoryName): Promise<string[]> {
    const keys = await deployKeys(repository);
    return keys.filter(({ title }) => title === "flux-production").map(({ key }) => key);
}

/** The one that Flux has. */
async function inCluster(repository: RepositoryName): Promise<string> {
    return (await credentialOf("production", repository))["identity.pub"] ?? "";
}

describe("the keys of production", () => {
    const old = new Map<RepositoryName, string>();
    const forget = async () => {
        for (const repository of repositories) {
            old.set(repository, await inCluster(repository));
        }
    };
    const assertOthers = async () => {
        for (const repository of repositories) {
            const key = await inCluster(repository);
            assert.notEqual(key, old.get(repository));
            assert.deepEqual(await onGitHub(repository), [key]);
        }
    };
    let next: string[] = [];

    before(async () => {
        next = ["--config-file", configFile("production", { "fluxcd:deployKeyGeneration": 2 })];
        await forget();
    });
    afterEach(standIn.heal);

    it("stay, and open the repositories, while GitHub refuses new ones", async () => {
        await standIn.fault({ match: { method: "POST", path: "/keys$" }, status: 502 });
        const { result } = await whileFetching("production", () => pulumi("up -y --skip-preview", "production", next));
        assert.notEqual(result.code, 0, tail(result.output));
        await standIn.assertStruck();
        for (const repository of repositories) {
            const key = old.get(repository);
            assert.equal(await inCluster(repository), key);
            assert.deepEqual(await onGitHub(repository), [key]);
        }
    });

    it("are both valid when the update is killed in the middle", async () => {
        const before = await secretOf("production", "fluxcd-apps");
        const killAfter = waitFor("Flux is told of the new key", 240, async () => {
            assert.notEqual(await secretOf("production", "fluxcd-apps"), before);
        });
        // Long enough for the kill to come before Flux has answered.
        await standIn.fault({ match: { via: "git-ssh", path: "fluxcd-apps" }, delayMs: 3000 });
        const { result } = await whileFetching("production", () =>
            pulumi("up -y --skip-preview", "production", next, { killAfter }),
        );
        await killAfter;
        assert.equal(result.code, null, tail(result.output));
        for (const repository of repositories) {
            const keys = await onGitHub(repository);
            assert.deepEqual(new Set(keys), new Set([old.get(repository), await inCluster(repository)]));
            assert.equal(keys.length, 2);
        }
    });

    it("are the new ones alone after the same command", async () => {
        await mustPulumi("cancel -y", "production");
        await whileFetching("production", () => mustPulumi("up -y", "production", next));
        await assertOthers();
        await forget();
    });

    it("are others after one changed value, and no fetch fails meanwhile", async () => {
        const { result } = await whileFetching("production", () => mustPulumi("up -y", "production"));
        report("rotation of production's keys", result.seconds);
        await assertOthers();
    });

    it("are kept by the next update", () => mustPulumi("preview", "production", ["--expect-no-changes"]));

    it("leave the apps as they are", async () => {
        assert.equal((await applied("production", "apps")).ready?.status, "True");
    });
});
