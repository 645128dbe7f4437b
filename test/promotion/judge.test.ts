import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { GitHub } from "../../clients/github";
import { judge } from "../../promotion/judge";
import type { Standings } from "../../domain/release";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const from: Standings = {
    infrastructure: { tag: "prod-v1.0.0", commit: first },
    apps: { tag: "prod-v1.0.0", commit: first },
};
const to: Standings = { ...from, apps: { tag: "prod-v1.1.0", commit: second } };
const healthy = (commit: string) => ({
    healthyRevisions: [{ revision: `staging-v1.1.0@sha1:${commit}`, since: "2026-11-23T10:00:00Z" }],
});
const outputs = {
    cluster: { context: "nowhere", uid: "uid" },
    infrastructure: healthy(first),
    apps: healthy(second),
};

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

    async function ask(standings: Partial<Record<"from" | "to", Standings>>, overrides: Record<string, unknown> = {}) {
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
        return judge({ config, from, to, github, stackOutputs, stackHistory, now: new Date(), ...standings });
    }

    it("asks no one where nothing changes", async () => {
        assert.deepEqual(await ask({ to: from }), { problems: [], notes: [] });
        assert.deepEqual([world.asked, asked], [[], []]);
    });

    it("asks GitHub and the stack it is promoted from, once, about what changes", async () => {
        const { problems } = await ask({});
        assert.deepEqual(problems, []);
        assert.equal(world.asked.filter((request) => request.includes("/compare/")).length, 1);
        assert.deepEqual(asked, ["staging"]);
    });

    it("says where a stack's outputs stand in for its cluster", async () => {
        const { notes } = await ask({});
        assert.match(notes.join(), /the cluster of staging was not asked.*no context nowhere/);
    });

    it("refuses by what GitHub says of the two commits", async () => {
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

    it("takes a commit that GitHub does not know any more for diverged", async () => {
        world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${second}?per_page=1`, 404);
        const { problems } = await ask({});
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["diverged"],
        );
    });

    it("refuses by the stack's calendar", async () => {
        const freezes = [{ from: "2020-01-01", to: "2099-12-31", reason: "the end of the world" }];
        const { problems } = await ask({}, { "fluxcd:freezes": freezes });
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["freeze"],
        );
        assert.match(problems[0]?.expected ?? "", /the end of the world/);
    });

    it("asks the other stack nothing about a hotfix, and tells of it", async () => {
        const exemption = { kind: "hotfix", reason: "CVE-2026-1234" } as const;
        const { problems, notes } = await ask({
            to: { ...to, apps: { tag: "prod-v1.1.0", commit: second, exemption } },
        });
        assert.deepEqual([problems, asked], [[], []]);
        assert.deepEqual(notes, ["apps: hotfix from prod-v1.0.0 to prod-v1.1.0: CVE-2026-1234"]);
    });

    it("has nothing to say about a branch", async () => {
        const branch = { branch: "main" };
        const { problems } = await ask({
            from: { infrastructure: branch, apps: branch },
            to: { infrastructure: branch, apps: branch },
        });
        assert.deepEqual(problems, []);
    });
});
