import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { GitHub } from "../../clients/github";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

const hooks = (repository: string) => `GET /api/v3/repos/misua/${repository}/hooks?per_page=1`;

describe("The check of webhooks", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        world.answers.set(hooks("fluxcd-infrastructure"), []);
        world.answers.set(hooks("fluxcd-apps"), []);
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(overrides: Record<string, unknown> = {}) {
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" }, ...overrides });
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    const withWebhook = () => look({ "fluxcd:webhook": { url: "https://flux.dev.example.com" } });

    it("reads the webhooks of the infrastructure and apps repositories only if fluxcd:webhook is set", async () => {
        await look();
        assert.deepEqual(
            world.asked.filter((request) => request.includes("/hooks")),
            [],
        );
        await withWebhook();
        assert.deepEqual(world.asked.filter((request) => request.includes("/hooks")).sort(), [
            hooks("fluxcd-apps"),
            hooks("fluxcd-infrastructure"),
        ]);
    });

    it("also reads the webhooks of other repositories of the owner, and not those of public URLs", async () => {
        const platform = "GET /api/v3/repos/misua/platform";
        const { ssh_url: sshUrl } = world.answers.get("GET /api/v3/repos/misua/fluxcd-apps") as { ssh_url: string };
        world.answers.set(platform, { ssh_url: sshUrl });
        world.answers.set(`${platform}/commits/heads/main`, { sha: "1".repeat(40) });
        const more = {
            "fluxcd:webhook": { url: "https://flux.dev.example.com" },
            "fluxcd:sources": {
                infrastructure: { branch: "main" },
                apps: { branch: "main" },
                platform: { repository: "platform", branch: "main" },
                podinfo: { url: "https://github.com/stefanprodan/podinfo", tag: "6.11.0" },
            },
        };
        world.answers.set(hooks("platform"), []);
        await assert.doesNotReject(look(more));
        world.answers.set(hooks("platform"), 403);
        await assert.rejects(look(more), refusal("GITHUB_TOKEN", "creates a webhook on misua/platform"));
    });

    it("accepts a missing repository that the dev stack creates", async () => {
        world.answers.set("GET /api/v3/repos/misua/fluxcd-apps", 404);
        world.answers.set(hooks("fluxcd-apps"), 404);
        await assert.doesNotReject(withWebhook());
    });

    // A fine-grained token is told that it may not, a classic one that there is nothing.
    for (const status of [403, 404]) {
        it(`refuses a token that may not read the webhooks and gets status ${status}`, async () => {
            world.answers.set(hooks("fluxcd-apps"), status);
            const says = `fluxcd:webhook.url creates a webhook on misua/fluxcd-apps, and the token may not see its webhooks: status ${status}`;
            await assert.rejects(withWebhook(), refusal("GITHUB_TOKEN", says));
            await assert.rejects(withWebhook(), refusal("GITHUB_TOKEN", "Webhooks: Read and write"));
            const remove = "or pulumi config rm --stack dev fluxcd:webhook\n";
            await assert.rejects(withWebhook(), refusal("GITHUB_TOKEN", remove));
        });
    }
});
