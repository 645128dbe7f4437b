import assert from "node:assert/strict";

import { applied, get, reconcile } from "./support/cluster";
import { deployKeys, standIn } from "./support/github";
import { configFile, mustPulumi } from "./support/stack";

const repositories = ["fluxcd-infrastructure", "fluxcd-apps"] as const;

/** The keys of production, as GitHub lists them and as the cluster holds them. */
async function keys() {
    return Promise.all(
        repositories.map(async (repository) => {
            const titled = (await deployKeys(repository)).filter(({ title }) => title === "flux-production");
            const { data } = await get<{ data: Record<string, string> }>(
                ...(["production", "-n", "flux-system", "secret", repository] as const),
            );
            const inCluster = Buffer.from(data["identity.pub"] ?? "", "base64").toString();
            return { onGitHub: titled.map(({ key }) => key), inCluster };
        }),
    );
}

describe("the keys of production", () => {
    it("are others after one changed value, and Flux reads with them", async () => {
        const before = await keys();
        await mustPulumi("up -y", "production", [
            "--config-file",
            configFile("production", { "fluxcd:deployKeyGeneration": 2 }),
        ]);
        const after = await keys();
        for (const [index, repository] of repositories.entries()) {
            assert.deepEqual(after[index]?.onGitHub, [after[index]?.inCluster]);
            assert.notEqual(after[index]?.inCluster, before[index]?.inCluster);
            await standIn.forget();
            await reconcile("production", "gitrepository", repository);
            const fetched = (await standIn.requests()).filter(
                ({ via, path, status }) => via === "git-ssh" && path.includes(repository) && status === 200,
            );
            assert.ok(fetched.length > 0, "Flux has fetched nothing");
        }
        assert.equal((await applied("production", "apps")).ready?.status, "True");
    });
});
