import assert from "node:assert/strict";

import { assertApplied, kubectl } from "./support/cluster";
import { api, assertNoWrites, deployKeys, graphql, standIn } from "./support/github";
import { remoteCommit, type RepositoryName } from "./support/git";
import { tail } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

const repositories: readonly RepositoryName[] = ["fluxcd-infrastructure", "fluxcd-apps"];

/** How much there is of what a repository must have once. */
async function counts(owner: string, repository: RepositoryName) {
    const [commits, keys, rulesets, protection] = await Promise.all([
        api<unknown[]>(`/repos/${owner}/${repository}/commits?sha=main`),
        deployKeys(repository, owner),
        api<unknown[]>(`/repos/${owner}/${repository}/rulesets`),
        graphql<{ repository: { branchProtectionRules: { totalCount: number } } }>(
            `{ repository(owner: "${owner}", name: "${repository}") { branchProtectionRules { totalCount } } }`,
        ),
    ]);
    return {
        commits: commits.length,
        keys: keys.map(({ title }) => title).sort(),
        rulesets: rulesets.length,
        protections: protection.repository.branchProtectionRules.totalCount,
    };
}

type Counts = Awaited<ReturnType<typeof counts>>;

describe("dev destroyed", () => {
    let intact: Counts[] = [];
    const mains: string[] = [];

    before(async () => {
        intact = await Promise.all(repositories.map((repository) => counts("misua", repository)));
        mains.push(...(await Promise.all(repositories.map((name) => remoteCommit(name, "refs/heads/main")))));
        // While it deletes an object, the Kubernetes provider shows its events of the last hour, also those of an earlier spec.
        await kubectl("dev", "-n", "flux-system", "delete", "events", "--all");
    });

    it("ends well, and alarms nobody", async () => {
        const { output } = await mustPulumi("destroy -y", "dev");
        const alarming = output
            .split("\n")
            .filter(
                (line) => /error|warning|fail/i.test(line) && !/using pulumi-\S+ from \$PATH|\d+ warnings?$/.test(line),
            );
        assert.deepEqual(alarming, []);
    });

    it("leaves the repositories, their content and their rules", async () => {
        const after = await Promise.all(repositories.map((repository) => counts("misua", repository)));
        const withoutDev = intact.map((each) => ({
            ...each,
            keys: each.keys.filter((title) => title !== "flux-dev"),
        }));
        assert.deepEqual(after, withoutDev);
        assert.deepEqual(await Promise.all(repositories.map((name) => remoteCommit(name, "refs/heads/main"))), mains);
    });
});

describe("dev of another owner, an organization, with a GitHub that fails in the middle", () => {
    let acme: string[] = [];

    before(async () => {
        await standIn.addOwner({ login: "acme", type: "Organization" });
        acme = ["--config-file", configFile("dev", { "github:owner": "acme", "github:writeDelayMs": 0 })];
    });
    afterEach(standIn.heal);

    const faults = [
        ["drops the first content", { match: { method: "POST", path: "/git-receive-pack$" }, drop: true }],
        ["answers 500 to the protection of main", { match: { via: "graphql" }, status: 500 }],
    ] as const;
    for (const [what, fault] of faults) {
        it(`fails when it ${what}`, async () => {
            await standIn.fault(fault);
            const { code, output } = await pulumi("up -y --skip-preview", "dev", acme);
            assert.notEqual(code, 0, tail(output));
            await standIn.assertStruck();
        });
    }

    it("goes on with the same command once GitHub is back", async () => {
        await mustPulumi("up -y --skip-preview", "dev", acme);
        const main = await remoteCommit("fluxcd-apps", "refs/heads/main", "acme");
        await assertApplied("dev", "apps", `main@sha1:${main}`);
    });

    for (const repository of repositories) {
        it(`has made nothing of ${repository} twice`, async () => {
            assert.deepEqual(await counts("acme", repository), {
                commits: 1,
                keys: ["flux-dev"],
                rulesets: 1,
                protections: 1,
            });
        });
    }

    after(() => mustPulumi("destroy -y", "dev", acme));
});

describe("dev with repositories that are there", () => {
    let found: Counts[] = [];

    before(async () => {
        found = await Promise.all(repositories.map((repository) => counts("misua", repository)));
    });

    it("says in the preview what stays as it is, and writes nothing", async () => {
        await standIn.forget();
        const { output } = await mustPulumi("preview", "dev");
        for (const repository of repositories) {
            const stays = "its settings, its content, the rules for main, the rules for release tags";
            assert.ok(output.includes(`misua/${repository} exists and keeps ${stays}.`), tail(output));
        }
        await assertNoWrites();
    });

    it("comes back over the content and the rules that are there", async () => {
        await mustPulumi("up -y", "dev");
        const main = await remoteCommit("fluxcd-apps", "refs/heads/main");
        await assertApplied("dev", "apps", `main@sha1:${main}`);
        const after = await Promise.all(repositories.map((repository) => counts("misua", repository)));
        const withDev = found.map((each) => ({
            ...each,
            keys: ["flux-dev", ...each.keys],
        }));
        assert.deepEqual(after, withDev);
    });

    it("has nothing more to do", async () => {
        await standIn.forget();
        await mustPulumi("up -y --expect-no-changes", "dev");
        await assertNoWrites();
    });
});
