import assert from "node:assert/strict";

import { clusterLines } from "../../../cli/doctor/cluster";
import { githubLines } from "../../../cli/doctor/github";
import type { Line } from "../../../cli/doctor/line";
import { type Config, readConfig } from "../../../config";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";
import { startWorld, type World } from "../../support/world";

const apps = "GET /api/v3/repos/misua/fluxcd-apps";
const infrastructure = "GET /api/v3/repos/misua/fluxcd-infrastructure";
const keys = "/keys?per_page=100";
const user = "GET /api/v3/user";

/** What is said, as `<state> <about>: <says>`. */
const lines = (checks: readonly Line[]) => checks.map(({ state, about, says }) => `${state} ${about}: ${says}`);

describe("fluxcd doctor", () => {
    let world: World;
    let config: Config;

    beforeEach(async () => {
        world = await startWorld();
        await useStack("dev");
        for (const repository of [apps, infrastructure]) {
            world.answers.set(`${repository}${keys}`, []);
        }
    });

    afterEach(() => world.close());

    async function useStack(stack: string, overrides: Record<string, unknown> = {}): Promise<void> {
        await startEngine(stack);
        useStackFile(`Pulumi.${stack}.yaml`, {
            "fluxcd:flux": { manifest: "test/fixtures/install.yaml" },
            ...overrides,
        });
        config = readConfig();
    }

    const scopes = (text: string) => {
        world.headers.set("GET /api/v3/meta", { "x-oauth-scopes": text });
    };
    const access = (token = "ghp_abc") => githubLines(config, token);

    describe("on GitHub", () => {
        it("reports the token with its scopes, the owner with the plan, and the repositories", async () => {
            scopes("repo, workflow");
            assert.deepEqual(lines(await access()), [
                "ok GITHUB_TOKEN: a classic token with the scopes repo, workflow; deleting it deletes the deploy keys that it made; regenerating it keeps them; it does not expire",
                "ok owner misua: a user, on GitHub's plan pro",
                "ok fluxcd-infrastructure: exists, and the token can administer it",
                "ok fluxcd-apps: exists, and the token can administer it",
            ]);
            assert.ok(world.asked.every((request) => request.startsWith("GET ")));
        });

        it("sends no request without a token", async () => {
            assert.deepEqual(
                (await access("")).map(({ state, about }) => [state, about]),
                [
                    ["failed", "GITHUB_TOKEN"],
                    ["skipped", "owner misua"],
                ],
            );
            assert.deepEqual(world.asked, []);
        });

        it("names the missing scopes, which depend on the stack's use of the repositories", async () => {
            scopes("");
            const [token] = await access();
            assert.equal(token?.state, "failed");
            assert.match(token.says, /with no scope; .*; it needs repo and workflow too$/);
            assert.match(
                token.fix ?? "",
                /^unset .* && gh auth refresh --hostname \S+ --scopes repo,workflow && export /,
            );
            scopes("repo");
            assert.match((await access())[0]?.says ?? "", /it needs workflow too$/);
            await useStack("staging");
            assert.equal((await access())[0]?.state, "ok");
        });

        it("says that the permissions of a fine-grained token or an App's token are unknown", async () => {
            for (const [token, kind] of [
                ["github_pat_abc", "a fine-grained token"],
                ["ghs_abc", "a token of a GitHub App's installation"],
            ] as const) {
                const [found] = await access(token);
                assert.equal(found?.state, "ok");
                assert.ok(found.says.startsWith(`${kind}; GitHub does not list its permissions`), found.says);
            }
        });

        it("names the missing permission if the token cannot administer a repository", async () => {
            world.answers.set(`${apps}${keys}`, 403);
            const found = (await access()).filter(({ state }) => state === "failed");
            assert.equal(found.length, 1);
            assert.match(found[0]?.fix ?? "", /permission Administration: read and write$/);
        });

        it("does not require administration with identity token in a stack that does not own the repositories", async () => {
            await useStack("staging");
            config = { ...config, identity: { kind: "token" } };
            await access();
            assert.ok(!world.asked.some((request) => request.includes("/keys")));
        });

        it("stops after the token if GitHub refuses it", async () => {
            for (const request of world.answers.keys()) {
                world.answers.set(request, request.includes("/api/v3/") ? 401 : world.answers.get(request));
            }
            const found = await access();
            assert.deepEqual(
                found.map(({ state, about }) => [state, about]),
                [["failed", "GITHUB_TOKEN"]],
            );
        });

        it("warns 10 days before the token expires, but not 20 days before", async () => {
            const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600_000).toISOString();
            const ends = (at: string) => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
            for (const [days, state] of [
                [10.5, "warning"],
                [20.5, "ok"],
            ] as const) {
                const expiration = ends(inDays(days));
                world.headers.set("GET /api/v3/meta", { "github-authentication-token-expiration": expiration });
                const [token] = await access();
                assert.deepEqual(
                    [token?.state, /in (\d+) days/.exec(token?.says ?? "")?.[1]],
                    [state, `${Math.floor(days)}`],
                );
            }
        });

        it("reports an owner that does not exist, and one for whom the token cannot create repositories", async () => {
            world.answers.set(user, { login: "somebody" });
            const [, nobody] = await access();
            assert.equal(nobody?.says, 'is "misua": GitHub has no such user or organization');
            assert.match(nobody.fix ?? "", /config set --stack dev github:owner/);
            world.answers.set("GET /api/v3/users/misua", { login: "misua" });
            const [, another] = await access();
            assert.equal(another?.says, 'is "misua": a token of somebody cannot create repositories for another user');
            await useStack("staging");
            assert.equal((await access())[1]?.state, "ok");
        });

        it("warns if the plan is unknown and the stack may need a paid plan", async () => {
            world.answers.set(user, { login: "misua" });
            const [, owner] = await access();
            assert.equal(owner?.state, "warning");
            assert.match(owner.says, /: pulumi config set --stack dev fluxcd:visibility public$/);
            assert.match(owner.fix ?? "", /gh auth refresh --hostname \S+ --scopes read:user && export GITHUB_TOKEN/);
            await useStack("dev", { "fluxcd:visibility": "public" });
            assert.equal((await access())[1]?.state, "ok");
        });

        it("fails on the Free plan, and names the keys that turn protection off", async () => {
            world.answers.set(user, { login: "misua", plan: { name: "free" } });
            const found = (await access()).filter(({ state }) => state === "failed");
            assert.deepEqual(
                found.map(({ about }) => about),
                ["fluxcd:protection.branch", "fluxcd:protection.tags"],
            );
        });

        it("only warns about a repository or a tag that does not exist yet", async () => {
            await useStack("staging");
            world.answers.set(apps, 404);
            world.answers.set(`${infrastructure}/commits/tags/staging-v1.0.0`, 422);
            const found = (await access()).filter(({ state }) => state !== "ok");
            assert.deepEqual(
                found.map(({ state, about }) => [state, about]),
                [
                    ["warning", "fluxcd:sources.infrastructure.tag"],
                    ["warning", "fluxcd:repositories"],
                ],
            );
        });
    });

    describe("in the cluster", () => {
        const ownCluster = { cluster: { context: "dev", uid: "uid-of-the-cluster" } };
        const target = (outputs?: unknown) => clusterLines(config, Promise.resolve(outputs));

        it("recognizes the stack's own Flux by the cluster of the last update", async () => {
            const found = await target(ownCluster);
            assert.deepEqual(
                found.map(({ state, about }) => [state, about]),
                [
                    ["ok", "context dev"],
                    ["ok", "rights in the cluster"],
                    ["ok", "Flux v2.9.5"],
                    ["ok", "Flux in the cluster"],
                ],
            );
            assert.match(found[3]?.says ?? "", /^5 controllers run(;|$)/);
            const elsewhere = { cluster: { context: "dev", uid: "uid-of-another-cluster" } };
            assert.deepEqual(
                (await target(elsewhere)).filter(({ state }) => state === "failed").map(({ about }) => about),
                ["fluxcd:flux.existing"],
            );
        });

        it("fails if another tool installed Flux, unless fluxcd:flux.existing is adopt", async () => {
            const failed = (await target()).filter(({ state }) => state === "failed");
            assert.deepEqual(
                failed.map(({ about }) => about),
                ["fluxcd:flux.existing"],
            );
            assert.match(failed[0]?.fix ?? "", /fluxcd:flux\.existing' adopt/);
            await useStack("dev", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml", existing: "adopt" } });
            assert.ok((await target()).every(({ about }) => about !== "fluxcd:flux.existing"));
        });

        it("reports that Flux is not installed in a cluster without Flux", async () => {
            const ofFlux = "labelSelector=app.kubernetes.io/part-of=flux";
            world.answers.set(`GET /apis/apps/v1/deployments?${ofFlux}`, { items: [] });
            const definitions = `GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?${ofFlux}`;
            world.answers.set(definitions, { items: [] });
            assert.equal((await target()).at(-1)?.says, "none is installed yet");
        });

        it("reports problems of the manifest and of the context together, and skips checks of the cluster", async () => {
            await useStack("dev", { "fluxcd:flux": { manifest: "test/fixtures/none.yaml" }, "fluxcd:context": "gone" });
            const found = await target();
            assert.deepEqual(
                found.filter(({ state }) => state === "failed").map(({ about }) => about),
                ["fluxcd:context", "fluxcd:flux.manifest"],
            );
            assert.equal(found.find(({ about }) => about === "Flux in the cluster")?.state, "skipped");
        });

        it("fails if Kubernetes permissions are missing", async () => {
            const reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
            world.answers.set(reviews, { status: { allowed: false } });
            const found = (await target(ownCluster)).find(({ says }) =>
                says.includes("may not do all that the installation does"),
            );
            assert.equal(found?.state, "failed");
        });
    });
});
