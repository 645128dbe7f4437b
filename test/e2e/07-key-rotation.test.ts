import assert from "node:assert/strict";

import { applied, get, reconcile } from "./support/cluster";
import { deployKeys, standIn } from "./support/github";
import type { RepositoryName } from "./support/git";
import { tail } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

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
    const old = new Map<RepositoryName, string>();

    let next: string[] = [];

    before(async () => {
        next = ["--config-file", configFile("production", { "fluxcd:deployKeyGeneration": 2 })];
        for (const repository of repositories) {
            old.set(repository, await inCluster(repository));
        }
    });
    afterEach(standIn.heal);

    it("are not rotated while GitHub refuses new ones", async () => {
        await standIn.fault({ match: { method: "POST", path: "/keys$" }, status: 502 });
        const { code, output } = await pulumi("up -y --skip-preview", "production", next);
        assert.notEqual(code, 0, tail(output));
        await standIn.assertStruck();
    });

    it("are others after one changed value, with the same command", () => mustPulumi("up -y", "production", next));

    for (const repository of repositories) {
        it(`are one for ${repository}, and Flux reads with it`, async () => {
            const key = await inCluster(repository);
            assert.notEqual(key, old.get(repository));
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
