import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { GitHub } from "../../clients/github";
import { lookAtGitHub } from "../../checks/repositories";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

const apps = "GET /api/v3/repos/misua/fluxcd-apps";

describe("The checks on GitHub, if GitHub refuses or fails", () => {
    let world: World;
    beforeEach(async () => {
        world = await startWorld();
    });
    afterEach(() => world.close());

    async function look() {
        await startEngine("production");
        useStackFile("Pulumi.production.yaml");
        const config = readConfig();
        return lookAtGitHub(config, new GitHub(config.github, githubToken()));
    }

    const sso = { "x-github-sso": "required; url=https://github.com/orgs/misua/sso?a=1" };
    for (const [title, status, headers, expected] of [
        ["single sign-on", 403, sso, /^open https:\/\/github\.com\/orgs\/misua\/sso\?a=1 /],
        ["a rate limit", 429, { "retry-after": "60" }, /^wait until 20.*Z, and run this again$/],
        ["words that it does not know", 403, {}, /^GitHub's words say why/],
        ["words that it does not know", 422, {}, /^GitHub's words say why/],
    ] as const) {
        it(`say what to do about ${title} (${status}), and ask once`, async () => {
            world.answers.set(apps, status);
            world.headers.set(apps, headers);
            const { problems, answered } = await look();
            assert.equal(answered, false);
            assert.equal(problems.length, 1);
            assert.equal(problems[0]?.expected, `GitHub refuses the request: status ${status}`);
            assert.match(problems[0].fix, expected);
            assert.equal(world.asked.filter((request) => request === apps).length, 1);
        });
    }

    it("go on without the plan of the owner, which only better messages need", async () => {
        world.answers.set("GET /api/v3/orgs/misua", 502);
        const { problems, answered, sources } = await look();
        assert.deepEqual([problems, answered], [[], true]);
        assert.deepEqual(Object.keys(sources), ["infrastructure", "apps"]);
    });

    for (const status of [422, 500, 503]) {
        it(`find the commit of a tag that GitHub cannot show (${status})`, async () => {
            const [object, commit] = ["a".repeat(40), "b".repeat(40)];
            world.answers.set(`${apps}/commits/tags/prod-v1.0.0`, status);
            world.answers.set(`${apps}/git/ref/tags/prod-v1.0.0`, { object: { type: "tag", sha: object } });
            world.answers.set(`${apps}/git/tags/${object}`, { object: { type: "commit", sha: commit } });
            const { problems, sources } = await look();
            assert.deepEqual(problems, []);
            assert.deepEqual(sources.apps?.ref, { tag: "prod-v1.0.0", commit });
        });
    }
});
