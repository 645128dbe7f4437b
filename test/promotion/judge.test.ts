import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { GitHub } from "../../clients/github";
import { judge, type Question } from "../../promotion/judge";
import type { Standings } from "../../domain/release";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";
import { outputsOf } from "./outputs";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const from: Standings = {
    infrastructure: { tag: "prod-v1.0.0", commit: first },
    apps: { tag: "prod-v1.0.0", commit: first },
};
const to: Standings = { ...from, apps: { tag: "prod-v1.1.0", commit: second } };
const healthy = (commit: string) => [{ revision: `staging-v1.1.0@sha1:${commit}`, since: "2026-11-23T10:00:00Z" }];
const outputs = outputsOf(
    { context: "nowhere", uid: "uid" },
    { infrastructure: healthy(first), apps: healthy(second), platform: healthy(second) },
);

describe("judge", () => {
    let world: World;
    let asked: string[];
    /** Of every stack; it cannot be read where there is none. */
    let history: readonly unknown[] | undefined;

    beforeEach(async () => {
        world = await startWorld();
        asked = [];
        history = [];
        world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${second}?per_page=1`, {
            status: "ahead",
            html_url: "https://github.com/misua/fluxcd-apps/compare",
        });
    });

    afterEach(async () => {
        await world.close();
    });

    async function ask(
        question: Partial<Pick<Question, "from" | "to" | "stops" | "reader">>,
        overrides: Record<string, unknown> = {},
    ) {
        await startEngine("production");
        useStackFile("Pulumi.production.yaml", overrides);
        const config = readConfig();
        const github = new GitHub(config.github, githubToken());
        const stackOutputs = (stack: string) => {
            asked.push(stack);
            return Promise.resolve(outputs);
        };
        const stackHistory = (stack: string) => {
            asked.push(`the history of ${stack}`);
            return history === undefined ? Promise.reject(new Error("no such stack")) : Promise.resolve(history);
        };
        return judge({ config, from, to, github, stackOutputs, stackHistory, now: new Date(), ...question });
    }

    it("makes no request if nothing changes", async () => {
        assert.deepEqual(await ask({ to: from }), { problems: [], notes: [] });
        assert.deepEqual([world.asked, asked], [[], []]);
    });

    it("asks GitHub and the upstream stack once about a changed release", async () => {
        const { problems } = await ask({});
        assert.deepEqual(problems, []);
        assert.equal(world.asked.filter((request) => request.includes("/compare/")).length, 1);
        assert.deepEqual(asked, ["staging"]);
    });

    it("notes that the outputs of the upstream stack replace its unreachable cluster", async () => {
        const { notes } = await ask({});
        assert.match(notes.join(), /the cluster of staging was not asked.*no context nowhere/);
    });

    it("warns of the kinds of a changed source whose health the upstream cluster does not know", async () => {
        const live = {
            uid: () => Promise.resolve("uid"),
            kustomization: (_: string, name: string) =>
                Promise.resolve({
                    ...{ apiVersion: "", kind: "", metadata: { name, namespace: "flux-system" }, spec: { wait: true } },
                    status: { inventory: { entries: [{ id: `a_${name}_bitnami.com_SealedSecret` }] } },
                }),
        };
        const { notes } = await ask({ reader: live });
        const add = "{ preset: sealed-secrets } to fluxcd:kustomizations.apps.healthCheckExprs of stack staging";
        assert.deepEqual(notes, [
            `apps: staging counts SealedSecret.bitnami.com as healthy before its operator has handled it. To check it, add ${add}`,
        ]);
        const exemption = { kind: "hotfix", reason: "CVE-2026-1234" } as const;
        const hotfix = { ...to, apps: { tag: "prod-v1.1.0", commit: second, exemption } };
        assert.ok(!(await ask({ reader: live, to: hotfix })).notes.join().includes("SealedSecret"));
    });

    it("refuses a release that GitHub reports as behind the current one", async () => {
        world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${second}?per_page=1`, {
            status: "behind",
            html_url: "",
        });
        const { problems } = await ask({});
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["backwards"],
        );
    });

    it("treats a commit that GitHub no longer knows as diverged", async () => {
        world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${second}?per_page=1`, 404);
        const { problems } = await ask({});
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["diverged"],
        );
    });

    it("refuses a release during a freeze of the stack", async () => {
        const freezes = [{ from: "2020-01-01", to: "2099-12-31", reason: "the end of the world" }];
        const { problems } = await ask({}, { "fluxcd:promotion": { from: "staging", freezes } });
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["freeze"],
        );
        assert.match(problems[0]?.expected ?? "", /the end of the world/);
    });

    it("does not ask the upstream stack about a hotfix, and notes the hotfix", async () => {
        const exemption = { kind: "hotfix", reason: "CVE-2026-1234" } as const;
        const { problems, notes } = await ask({
            to: { ...to, apps: { tag: "prod-v1.1.0", commit: second, exemption } },
        });
        assert.deepEqual([problems, asked], [[], []]);
        assert.deepEqual(notes, ["apps: hotfix from prod-v1.0.0 to prod-v1.1.0: CVE-2026-1234"]);
    });

    it("finds no problem for a stack that follows a branch", async () => {
        const branch = { branch: "main" };
        const { problems } = await ask({
            from: { infrastructure: branch, apps: branch },
            to: { infrastructure: branch, apps: branch },
        });
        assert.deepEqual(problems, []);
    });

    describe("for a third promoted source", () => {
        const compared = `GET /api/v3/repos/misua/platform/compare/${first}...${second}?per_page=1`;
        const platform = { promoted: true, repository: "platform", tag: "prod-v2.1.0" };
        const before = { ...from, platform: { tag: "prod-v2.0.0", commit: first } };
        const after = { ...from, platform: { tag: "prod-v2.1.0", commit: second } };
        const settings = (source: object = {}, kustomizations: object = {}) => ({
            "fluxcd:sources": {
                infrastructure: { tag: "prod-v1.0.0" },
                apps: { tag: "prod-v1.0.0" },
                platform: { ...platform, ...source },
            },
            "fluxcd:kustomizations": { platform: { source: "platform", path: "./deploy" }, ...kustomizations },
        });
        const askAll = (more: Parameters<typeof ask>[0] = {}, overrides = settings()) =>
            ask({ from: before, to: after, ...more }, overrides);

        beforeEach(() => {
            world.answers.set(compared, { status: "ahead", html_url: "" });
        });

        it("asks GitHub about the source's repository, and the upstream stack about its evidence", async () => {
            const { problems, notes } = await askAll();
            assert.deepEqual(problems, []);
            assert.match(notes.join(), /the cluster of staging was not asked/);
            assert.deepEqual([world.asked, asked], [[compared], ["staging"]]);
        });

        it("refuses a commit that was never healthy in the upstream stack", async () => {
            const other = "3".repeat(40);
            world.answers.set(compared.replace(second, other), { status: "ahead", html_url: "" });
            const { problems } = await askAll({ to: { ...from, platform: { tag: "prod-v2.1.0", commit: other } } });
            assert.deepEqual(
                problems.map(({ refusal, key }) => [refusal, key]),
                [["never-applied", "fluxcd:sources.platform.tag"]],
            );
        });

        it("refuses a commit that GitHub reports as behind the current one", async () => {
            world.answers.set(compared, { status: "behind", html_url: "" });
            const { problems } = await askAll();
            assert.deepEqual(
                problems.map(({ refusal, key }) => [refusal, key]),
                [["backwards", "fluxcd:sources.platform.tag"]],
            );
        });

        for (const [key, set] of [
            ["fluxcd:sources.platform.suspend", settings({ suspend: true })],
            [
                "fluxcd:kustomizations.charts.suspend",
                settings({}, { charts: { source: "platform", path: "./charts", suspend: true } }),
            ],
        ] as const) {
            it(`refuses a release if the settings suspend it, and names the key: ${key}`, async () => {
                const [problem, ...others] = (await askAll({}, set)).problems;
                assert.deepEqual([problem?.refusal, problem?.key], ["suspended", "fluxcd:sources.platform.tag"]);
                const fix = `pulumi config rm --stack production --path '${key}'   (or fluxcd:suspend)`;
                assert.deepEqual([problem?.fix, others], [fix, []]);
            });
        }

        it("accepts a release if another source is suspended, by its settings or by hand", async () => {
            const set = settings({}, { apps: { suspend: true } });
            assert.deepEqual((await askAll({}, set)).problems, []);
            const stop = { object: "Kustomization apps", field: "spec.suspend", manager: "flux", since: undefined };
            assert.deepEqual((await askAll({ stops: { apps: stop } })).problems, []);
        });

        it("refuses a release if its Kustomization is suspended by hand", async () => {
            const stop = { object: "Kustomization platform", field: "spec.suspend", manager: "flux", since: undefined };
            const { problems } = await askAll({ stops: { platform: stop } });
            assert.deepEqual(
                problems.map(({ refusal, key }) => [refusal, key]),
                [["suspended", "fluxcd:sources.platform.tag"]],
            );
        });

        it("finds no problem and makes no request for a source that is not promoted", async () => {
            assert.deepEqual(await askAll({}, settings({ promoted: false })), { problems: [], notes: [] });
            assert.deepEqual([world.asked, asked], [[], []]);
        });
    });
});
