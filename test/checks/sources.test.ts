import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { GitHub } from "../../clients/github";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

const platform = "GET /api/v3/repos/misua/platform";
const urls = { ssh_url: "git@github.com:misua/platform.git", clone_url: "https://github.com/misua/platform.git" };

describe("Preflight of further sources", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        world.answers.set(platform, { ...urls, html_url: "https://github.com/misua/platform", node_id: "platform" });
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(sources: object, more: object = {}, secrets: Record<string, string> = {}) {
        await startEngine("dev");
        const manifest = { "fluxcd:fluxManifest": "test/fixtures/install.yaml" };
        useStackFile("Pulumi.dev.yaml", { ...manifest, "fluxcd:sources": sources, ...more }, secrets);
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    it("asks nobody of a public one", async () => {
        const { asked } = world;
        await look({});
        const usual = asked.length;
        const names = Array.from({ length: 100 }, (_, index) => `team-${index}`);
        const url = "https://github.com/stefanprodan/podinfo";
        const { addresses } = await look(Object.fromEntries(names.map((name) => [name, { url, tag: "6.11.0" }])));
        assert.equal(asked.length, 2 * usual);
        assert.deepEqual(addresses["team-99"], { sshUrl: url, httpUrl: url });
    });

    for (const [ref, asked] of [
        [{ branch: "main" }, `${platform}/commits/heads/main`],
        [{ tag: "v1.0.0" }, `${platform}/commits/tags/v1.0.0`],
        [{ commit: "a".repeat(40) }, `${platform}/commits/${"a".repeat(40)}`],
    ] as const) {
        it(`finds a repository of the owner, and its ${Object.keys(ref)[0] ?? ""}`, async () => {
            world.answers.set(asked, { sha: "a".repeat(40) });
            const { addresses } = await look({ platform: { repository: "platform", ...ref } });
            assert.equal(addresses.platform?.sshUrl, urls.ssh_url);
        });

        it(`refuses a ${Object.keys(ref)[0] ?? ""} that the repository has not`, async () => {
            const [field = ""] = Object.keys(ref);
            await assert.rejects(
                look({ platform: { repository: "platform", ...ref } }),
                refusal(`fluxcd:sources.platform.${field}`, `misua/platform has no such ${field}`),
            );
        });
    }

    it("asks GitHub once for a hundred of them", async () => {
        const names = Array.from({ length: 250 }, (_, index) => `team-${index}`);
        for (const name of names) {
            const path = `GET /api/v3/repos/misua/${name}`;
            world.answers.set(path, { ssh_url: `git@github.com:misua/${name}.git`, clone_url: `${name}.git` });
            world.answers.set(`${path}/commits/heads/main`, { sha: "a".repeat(40) });
        }
        const { addresses } = await look(
            Object.fromEntries(names.map((repository) => [repository, { repository, branch: "main" }])),
        );
        assert.equal(addresses["team-249"]?.sshUrl, "git@github.com:misua/team-249.git");
        assert.equal(world.asked.filter((request) => request.endsWith("/graphql")).length, 3);
        assert.deepEqual(
            world.asked.filter((request) => request.includes("team-")),
            [],
        );
    });

    for (const [type, message] of [
        ["FORBIDDEN", "Resource not accessible by personal access token"],
        ["RATE_LIMITED", "API rate limit exceeded for user ID 1."],
    ] as const) {
        it(`says what GitHub refuses: ${message}`, async () => {
            world.answers.set("POST /api/graphql", { data: { found0: null }, errors: [{ type, message }] });
            await assert.rejects(
                look({ platform: { repository: "platform", branch: "main" } }),
                refusal("GITHUB_TOKEN", `GitHub refuses the request: ${message}`),
            );
        });
    }

    it("leaves a range of a repository of the owner to Flux", async () => {
        const { addresses } = await look({ platform: { repository: "platform", semver: ">=1.0.0" } });
        assert.equal(addresses.platform?.httpUrl, urls.clone_url);
    });

    it("refuses a repository that is not there", async () => {
        world.answers.set(platform, 404);
        await assert.rejects(
            look({ platform: { repository: "platform", branch: "main" } }),
            refusal("fluxcd:sources.platform.repository", "misua/platform is not there"),
        );
    });

    it("reads it as Flux will, where Flux has a token", async () => {
        world.answers.set(`${platform}/commits/heads/main`, { sha: "a".repeat(40) });
        const others = new Map<string, unknown>([...world.answers].filter(([asked]) => !asked.includes("/platform/")));
        world.asOther.set("flux-reads", others);
        const sources = { platform: { repository: "platform", branch: "main" } };
        await assert.rejects(
            look(sources, { "fluxcd:identity": "token" }, { "fluxcd:gitToken": "flux-reads" }),
            refusal("fluxcd:gitToken", "it cannot see misua/platform"),
        );
    });
});
