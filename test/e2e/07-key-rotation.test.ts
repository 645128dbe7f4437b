import assert from "node:assert/strict";

import { applied, get, reconcile } from "./support/cluster";
import { deployKeys, standIn } from "./support/github";
import type { RepositoryName } from "./support/git";
import { configFile, mustPulumi } from "./support/stack";

const repositories: readonly RepositoryName[] = ["fluxcd-infrastructure", "fluxcd-apps"];

/** Production's keys of a repository on GitHub. */
async function onGitHub(repository: RepositoryName): Promise<string[]> {
    const keys = await deployKeys(repository);
    return keys.filter(({ title }) => title === "flux-production").map(({ key }) => key);
}

/** The one that Flux has. */
async function inCluster(repository: RepositoryName): Promise<string> {
    const secret = ["-n", "flux-system", "secret", repository];
    const { data } = await get<{ data: Record<string, string> }>("production", ...secret);
    return Buffer.from(data["identity.pub"] ?? "", "base64").toString();
}

describe("the keys of production", () => {
    const before = new Map<RepositoryName, string>();

    it("are others after one changed value", async () => {
        for (const repository of repositories) {
            before.set(repository, await inCluster(repository));
        }
        const next = configFile("production", { "fluxcd:deployKeyGeneration": 2 });
        await mustPulumi("up -y", "production", ["--config-file", next]);
    });

    for (const repository of repositories) {
        it(`are one for ${repository}, and Flux reads with it`, async () => {
            const key = await inCluster(repository);
            assert.notEqual(key, before.get(repository));
            assert.deepEqual(await onGitHub(repository), [key]);

            await standIn.forget();
            await reconcile("production", "gitrepository", repository);
            const fetched = (await standIn.requests()).filter(
                ({ via, path, status }) => via === "git-ssh" && path.includes(repository) && status === 200,
            );
            assert.ok(fetched.length > 0, "Flux has fetched nothing");
        });
    }

    it("leave the apps as they are", async () => {
        assert.equal((await applied("production", "apps")).ready?.status, "True");
    });
});
