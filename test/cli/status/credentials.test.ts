import assert from "node:assert/strict";

import { type Credential, credentialsOf } from "../../../cli/status/credentials";
import { type Config, readConfig } from "../../../config";
import { GitHub } from "../../../clients/github";
import { flagger, stagingWith } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";
import { startWorld, type World } from "../../support/world";

const apps = "GET /api/v3/repos/misua/fluxcd-apps";
const infrastructure = "GET /api/v3/repos/misua/fluxcd-infrastructure";
const keys = "/keys?per_page=100";
const now = new Date("2026-11-23T12:00:00Z");

describe("The credentials in the status of an environment", () => {
    let world: World;
    let config: Config;

    beforeEach(async () => {
        world = await startWorld();
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
        const key = { id: 1, title: "flux-staging", created_at: "2026-11-01T10:00:00Z", last_used: null };
        world.answers.set(`${apps}${keys}`, [key]);
        world.answers.set(`${infrastructure}${keys}`, [key]);
    });

    afterEach(() => world.close());

    async function look(identity: Config["identity"] = config.identity): Promise<Credential[]> {
        const github = new GitHub(config.github, "token-of-the-test");
        return credentialsOf({ stack: "staging", config: { ...config, identity }, github, now });
    }

    // The token is tried at the repository of the first source.
    const expires = (at: string) => {
        world.headers.set(infrastructure, { "github-authentication-token-expiration": `${at} 10:00:00 UTC` });
    };

    it("include the token with its expiry and the stack's own deploy keys with age and last use", async () => {
        expires("2026-12-20");
        const others = [
            { id: 2, title: "flux-dev", created_at: "2020-01-01T00:00:00Z", last_used: null },
            { id: 3, title: "flux-staging", created_at: "2026-11-20T10:00:00Z", last_used: "2026-11-22T10:00:00Z" },
        ];
        world.answers.set(`${apps}${keys}`, [...others, { ...others[1], id: 1, created_at: "2026-11-01T10:00:00Z" }]);
        assert.deepEqual(await look(), [
            { name: "GITHUB_TOKEN", state: "good", expires: "2026-12-20T10:00:00Z" },
            { name: "deploy key of fluxcd-infrastructure", state: "good", made: "2026-11-01T10:00:00Z" },
            {
                name: "deploy key of fluxcd-apps",
                state: "good",
                made: "2026-11-20T10:00:00Z",
                lastUsed: "2026-11-22T10:00:00Z",
            },
        ]);
    });

    it("include the deploy key of each private repository once, and none for a public source", async () => {
        const team = "GET /api/v3/repos/misua/fluxcd-team";
        world.answers.set(`${team}${keys}`, [{ id: 4, title: "flux-staging", created_at: "2026-11-02T10:00:00Z" }]);
        const tag = "v1.0.0";
        const others = {
            team: { repository: "fluxcd-team", tag },
            again: { repository: "fluxcd-team", tag: "v1.1.0" },
            flagger,
        };
        useStackFile("Pulumi.staging.yaml", stagingWith(others));
        config = readConfig();
        const [, , , ...rest] = await look();
        assert.deepEqual(rest, [{ name: "deploy key of fluxcd-team", state: "good", made: "2026-11-02T10:00:00Z" }]);
        assert.equal(world.asked.filter((request) => request === `${team}${keys}`).length, 1);
        assert.ok(!world.asked.some((request) => request.includes("flagger")));
    });

    it("expire soon from the configured number of days on, and name the command that renews them", async () => {
        expires("2026-12-07");
        const [token] = await look();
        assert.equal(token?.state, "ending");
        assert.match(token.fix ?? "", /https:\/\/127\.0\.0\.1\/settings\/tokens.*export GITHUB_TOKEN/);
        expires("2026-12-08");
        assert.equal((await look())[0]?.state, "good");
    });

    it("have no expiry if GitHub returns none", async () => {
        const [token] = await look();
        assert.deepEqual([token?.state, token?.message], ["good", "GitHub shows no expiry date"]);
    });

    it("are expired if GitHub refuses the token, and the deploy keys are then unknown", async () => {
        for (const request of world.answers.keys()) {
            world.answers.set(request, 401);
        }
        const [token, ...rest] = await look();
        assert.equal(token?.state, "ended");
        assert.match(token.fix ?? "", /^unset .*GITHUB_TOKEN && export GITHUB_TOKEN=\$\(gh auth token --hostname 127/);
        assert.deepEqual(
            rest.map(({ state }) => state),
            ["unknown", "unknown"],
        );
    });

    it("are expired if the deploy key no longer exists on GitHub", async () => {
        world.answers.set(`${apps}${keys}`, []);
        const [, , key] = await look();
        assert.equal(key?.state, "ended");
        assert.match(key.message ?? "", /misua\/fluxcd-apps has no deploy key flux-staging/);
        assert.equal(key.fix, "pulumi up --stack staging --refresh");
    });

    it("are unknown with a reason if the token may not read the deploy keys", async () => {
        world.answers.set(`${apps}${keys}`, 403);
        const [, , key] = await look();
        assert.equal(key?.state, "unknown");
        assert.match(key.message ?? "", /Administration: read/);
    });

    it("are unknown with a reason if no token is set", async () => {
        const found = await credentialsOf({ stack: "staging", config, github: undefined, now });
        assert.deepEqual(
            found.map(({ state }) => state),
            ["unknown", "unknown", "unknown"],
        );
        assert.deepEqual(world.asked, []);
        assert.match(found[0]?.message ?? "", /is not set, so GitHub was not asked/);
    });

    it("do not include deploy keys if the identity is a GitHub App, whose key does not expire", async () => {
        const [, app] = await look({ kind: "githubApp", appId: 1, installationId: 2 });
        assert.deepEqual([app?.name, app?.state], ["fluxcd:githubAppPrivateKey", "good"]);
        assert.ok(!world.asked.some((request) => request.includes("/keys")));
    });
});
