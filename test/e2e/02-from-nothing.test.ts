import assert from "node:assert/strict";

import { applied, assertApplied, assertAvailable, type Context, get } from "./support/cluster";
import { api, assertNoWrites, deployKeys, graphql, standIn, traffic } from "./support/github";
import { remoteCommit, type RepositoryName } from "./support/git";
import { reportTraffic } from "./support/report";
import { builtIn, mustPulumi, outputs } from "./support/stack";

const repositories: readonly RepositoryName[] = ["fluxcd-infrastructure", "fluxcd-apps"];

describe("dev from nothing", () => {
    before(standIn.forget);

    it("comes up with one command", async () => {
        const { seconds } = await mustPulumi("up -y", "dev");
        const { reads, writes, unserved } = await traffic();
        reportTraffic("up from nothing", seconds, reads, writes.length);
        assert.deepEqual(unserved, []);
        assert.deepEqual(await standIn.errors(), []);
        const failed = writes.filter(({ status }) => status >= 500);
        assert.deepEqual(failed, []);
    });

    for (const [name, repository] of [
        ["infrastructure", "fluxcd-infrastructure"],
        ["apps", "fluxcd-apps"],
    ] as const) {
        it(`has applied the main of ${repository}`, async () => {
            await assertApplied("dev", name, `main@sha1:${await remoteCommit(repository, "refs/heads/main")}`);
        });
    }

    it("has applied the second folder of fluxcd-infrastructure after the first, and the apps after that", async () => {
        const main = await remoteCommit("fluxcd-infrastructure", "refs/heads/main");
        await assertApplied("dev", "infrastructure-configs", `main@sha1:${main}`);
        interface Ordered {
            readonly spec: { readonly path: string; readonly dependsOn?: readonly { readonly name: string }[] };
        }
        const found = builtIn.kustomizations.map(async (name) => {
            const { spec } = await get<Ordered>("dev", "-n", "flux-system", "kustomization", name);
            return [spec.path, spec.dependsOn?.map((it) => it.name)];
        });
        assert.deepEqual(await Promise.all(found), [
            ["./infrastructure/overlays/dev", undefined],
            ["./infrastructure/configs/overlays/dev", ["infrastructure"]],
            ["./apps/overlays/dev", ["infrastructure-configs"]],
        ]);
    });

    it("runs one podinfo", () => assertAvailable("dev", 1));

    for (const repository of repositories) {
        it(`gives ${repository} its first content as one commit`, async () => {
            const commits = await api<{ commit: { message: string } }[]>(`/repos/misua/${repository}/commits?sha=main`);
            assert.equal(commits.length, 1);
        });

        it(`protects the main of ${repository}`, async () => {
            const { repository: found } = await graphql<{
                repository: {
                    branchProtectionRules: {
                        nodes: {
                            pattern: string;
                            allowsForcePushes: boolean;
                            allowsDeletions: boolean;
                            requiredApprovingReviewCount: number;
                            requiredStatusCheckContexts: string[];
                        }[];
                    };
                };
            }>(`{ repository(owner: "misua", name: "${repository}") { branchProtectionRules(first: 10) { nodes {
                pattern allowsForcePushes allowsDeletions requiredApprovingReviewCount requiredStatusCheckContexts
            } } } }`);
            assert.deepEqual(found.branchProtectionRules.nodes, [
                {
                    pattern: "main",
                    allowsForcePushes: false,
                    allowsDeletions: false,
                    requiredApprovingReviewCount: 0,
                    requiredStatusCheckContexts: ["validate"],
                },
            ]);
        });

        it(`makes the release tags of ${repository} immutable`, async () => {
            const rulesets = await api<{ id: number }[]>(`/repos/misua/${repository}/rulesets`);
            assert.equal(rulesets.length, 1);
            const { target, enforcement, conditions, rules } = await api<{
                target: string;
                enforcement: string;
                conditions: { ref_name: { include: string[] } };
                rules: { type: string }[];
            }>(`/repos/misua/${repository}/rulesets/${rulesets[0]?.id ?? 0}`);
            assert.deepEqual([target, enforcement], ["tag", "active"]);
            assert.deepEqual(conditions.ref_name.include.sort(), ["refs/tags/prod-v*", "refs/tags/staging-v*"]);
            const types = rules.map(({ type }) => type).sort();
            assert.deepEqual(types, ["deletion", "non_fast_forward", "update"]);
        });

        it(`opens ${repository} to Flux with one key, for reading`, async () => {
            const keys = await deployKeys(repository);
            assert.deepEqual(
                keys.map(({ title, read_only }) => ({ title, read_only })),
                [{ title: "flux-dev", read_only: true }],
            );
        });
    }

    it("says in its outputs where everything stands", async () => {
        const { fluxVersion, environment, cluster, sources, kustomizations, evidence } = await outputs("dev");
        const { metadata } = await get<{ metadata: { uid: string } }>("dev", "namespace", "kube-system");
        assert.deepEqual([fluxVersion, environment], ["v2.9.5", "dev"]);
        assert.deepEqual(cluster, { context: "dev", uid: metadata.uid });
        for (const [name, repository] of [
            ["infrastructure", "fluxcd-infrastructure"],
            ["apps", "fluxcd-apps"],
        ] as const) {
            const revision = `main@sha1:${await remoteCommit(repository, "refs/heads/main")}`;
            const { repository: url, ...rest } = sources[name];
            assert.match(url, new RegExp(`^http.*/misua/${repository}$`));
            assert.deepEqual(rest, { branch: "main", fetched: revision });
            assert.deepEqual(kustomizations[name], {
                source: name,
                path: `./${name}/overlays/dev`,
                applied: revision,
            });
            const [healthy, ...earlier] = evidence[name];
            const { since = "" } = healthy ?? {};
            assert.deepEqual([healthy, earlier], [{ revision, since }, []]);
            assert.ok(Date.parse(since) <= Date.now(), since);
        }
        assert.deepEqual(kustomizations["infrastructure-configs"], {
            source: "infrastructure",
            path: "./infrastructure/configs/overlays/dev",
            applied: kustomizations.infrastructure.applied,
        });
    });
});

describe("dev a second time", () => {
    const context: Context = "dev";
    let revision: string | undefined;

    before(async () => {
        ({ revision } = await applied(context, "apps"));
    });
    beforeEach(standIn.forget);

    for (const [what, command] of [
        ["preview", "preview --expect-no-changes"],
        ["second up", "up -y --expect-no-changes"],
        ["refresh", "refresh -y --expect-no-changes"],
        ["up after the refresh", "up -y --expect-no-changes"],
    ] as const) {
        it(`${what} changes nothing, and writes nothing to GitHub`, async () => {
            const { seconds } = await mustPulumi(command, "dev");
            const { reads, writes } = await traffic();
            reportTraffic(what, seconds, reads, writes.length);
            await assertNoWrites();
            assert.deepEqual(await standIn.errors(), []);
            assert.equal((await applied(context, "apps")).revision, revision);
        });
    }
});
