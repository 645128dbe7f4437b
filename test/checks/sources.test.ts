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

describe("The check of sources", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        world.answers.set(platform, { ...urls, html_url: "https://github.com/misua/platform", node_id: "platform" });
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(sources: object, more: object = {}, secrets: Record<string, string> = {}, stack = "dev") {
        await startEngine(stack);
        const set = {
            "fluxcd:flux": { manifest: "test/fixtures/install.yaml" },
            "fluxcd:sources": { infrastructure: { branch: "main" }, apps: { branch: "main" }, ...sources },
        };
        useStackFile(`Pulumi.${stack}.yaml`, { ...set, ...more }, secrets);
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    it("sends no request for public sources", async () => {
        const { asked } = world;
        await look({});
        const usual = asked.length;
        const names = Array.from({ length: 100 }, (_, index) => `team-${index}`);
        const url = "https://github.com/stefanprodan/podinfo";
        const { sources } = await look(Object.fromEntries(names.map((name) => [name, { url, tag: "6.11.0" }])));
        assert.equal(asked.length, 2 * usual);
        const found = { sshUrl: url, httpUrl: url, ref: { tag: "6.11.0" }, isEmpty: false };
        assert.deepEqual(sources["team-99"], found);
    });

    for (const [ref, asked] of [
        [{ branch: "main" }, `${platform}/commits/heads/main`],
        [{ tag: "v1.0.0" }, `${platform}/commits/tags/v1.0.0`],
        [{ commit: "a".repeat(40) }, `${platform}/commits/${"a".repeat(40)}`],
    ] as const) {
        it(`finds a repository of the owner and its ${Object.keys(ref)[0] ?? ""}`, async () => {
            world.answers.set(asked, { sha: "a".repeat(40) });
            const { sources } = await look({ platform: { repository: "platform", ...ref } });
            const found = { sshUrl: urls.ssh_url, httpUrl: urls.clone_url, ref, isEmpty: false };
            assert.deepEqual(sources.platform, found);
        });

        it(`refuses a ${Object.keys(ref)[0] ?? ""} that does not exist in the repository`, async () => {
            const [field = ""] = Object.keys(ref);
            await assert.rejects(
                look({ platform: { repository: "platform", ...ref } }),
                refusal(`fluxcd:sources.platform.${field}`, `misua/platform has no such ${field}`),
            );
        });
    }

    it("sends one GitHub request per hundred sources", async () => {
        const names = Array.from({ length: 250 }, (_, index) => `team-${index}`);
        for (const name of names) {
            const path = `GET /api/v3/repos/misua/${name}`;
            world.answers.set(path, { ssh_url: `git@github.com:misua/${name}.git`, clone_url: `${name}.git` });
            world.answers.set(`${path}/commits/heads/main`, { sha: "a".repeat(40) });
        }
        const { sources } = await look(
            Object.fromEntries(names.map((repository) => [repository, { repository, branch: "main" }])),
        );
        assert.equal(sources["team-249"]?.sshUrl, "git@github.com:misua/team-249.git");
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
        it(`repeats the reason if GitHub refuses the request: ${message}`, async () => {
            world.answers.set("POST /api/graphql", { data: { found0: null }, errors: [{ type, message }] });
            await assert.rejects(
                look({ platform: { repository: "platform", branch: "main" } }),
                refusal("GITHUB_TOKEN", `GitHub refuses the request: ${message}`),
            );
        });
    }

    it("does not resolve a range of versions in a repository of the owner", async () => {
        const { sources } = await look({ platform: { repository: "platform", semver: ">=1.0.0" } });
        assert.equal(sources.platform?.httpUrl, urls.clone_url);
    });

    it("refuses a repository that does not exist", async () => {
        world.answers.set(platform, 404);
        await assert.rejects(
            look({ platform: { repository: "platform", branch: "main" } }),
            refusal("fluxcd:sources.platform.repository", "misua/platform does not exist, or the token cannot see it"),
        );
    });

    it("reads a source with Flux's token if the identity is a token", async () => {
        world.answers.set(`${platform}/commits/heads/main`, { sha: "a".repeat(40) });
        const others = new Map<string, unknown>([...world.answers].filter(([asked]) => !asked.includes("/platform/")));
        world.asOther.set("flux-reads", others);
        const sources = { platform: { repository: "platform", branch: "main" } };
        await assert.rejects(
            look(sources, { "fluxcd:identity": { kind: "token" } }, { "fluxcd:gitToken": "flux-reads" }),
            refusal("fluxcd:gitToken", "it cannot see misua/platform"),
        );
    });

    describe("with a third promoted source", () => {
        const production = (set: object = {}, more: object = {}) => {
            const own = { tag: "prod-v1.0.0" };
            const promoted = { promoted: true, repository: "platform", tag: "prod-v2.0.0", ...set };
            const sources = { infrastructure: own, apps: own, platform: promoted };
            return look({}, { "fluxcd:sources": sources, ...more }, {}, "production");
        };
        const tag = `${platform}/commits/tags/prod-v2.0.0`;

        it("finds its repository and the commit of its tag", async () => {
            world.answers.set(tag, { sha: "3".repeat(40) });
            const { sources } = await production();
            assert.deepEqual(sources.platform?.ref, { tag: "prod-v2.0.0", commit: "3".repeat(40) });
            assert.equal(sources.platform.repository?.htmlUrl, "https://github.com/misua/platform");
            assert.deepEqual(Object.keys(sources), ["infrastructure", "apps", "platform"]);
        });

        it("refuses a tag that does not exist, and names the command that creates it", async () => {
            const command =
                "git -C platform tag -a prod-v2.0.0 -m prod-v2.0.0 && git -C platform push origin prod-v2.0.0";
            await assert.rejects(
                production(),
                refusal("fluxcd:sources.platform.tag", "misua/platform has no such tag"),
            );
            await assert.rejects(production(), refusal("fluxcd:sources.platform.tag", command));
        });

        it("names the commit that the cluster still runs if the tag was deleted", async () => {
            const group = "GET /apis/kustomize.toolkit.fluxcd.io/v1";
            const resources = [{ name: "kustomizations", kind: "Kustomization", namespaced: true }];
            world.answers.set(group, { resources });
            world.answers.set(`${group}/namespaces/flux-system/kustomizations/deploy`, {
                status: { lastAppliedRevision: `prod-v2.0.0@sha1:${"3".repeat(40)}` },
            });
            const deploy = { source: "platform", path: "./deploy" };
            const says = `it was deleted. The cluster still runs its commit ${"3".repeat(40)}`;
            await assert.rejects(
                production({}, { "fluxcd:kustomizations": { deploy } }),
                refusal("fluxcd:sources.platform.tag", says),
            );
        });

        it("refuses a tag that no longer points to the pinned commit", async () => {
            world.answers.set(tag, { sha: "3".repeat(40) });
            await assert.rejects(
                production({ commit: "2".repeat(40) }),
                refusal("fluxcd:sources.platform.commit", `points to ${"3".repeat(40)}`),
            );
        });

        for (const stack of ["dev", "production"]) {
            it(`refuses the ${stack} stack if the repository does not exist, as no stack creates it`, async () => {
                world.answers.set(platform, 404);
                const command = "gh repo create misua/platform --private";
                const set = { platform: { promoted: true, repository: "platform", branch: "main" } };
                const found = stack === "dev" ? look(set) : production();
                await assert.rejects(found, refusal("fluxcd:sources.platform.repository", command));
            });
        }
    });
});
