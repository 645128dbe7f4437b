import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { octokitOf } from "../../clients/octokit";
import { takeBack, type Where } from "../../components/interrupted";
import { startEngine } from "../support/engine";
import { startWorld, type World } from "../support/world";

const apps = "/api/v3/repos/misua/fluxcd-apps";

describe("After an interrupted update, takeBack", () => {
    let world: World;
    let where: Where;

    beforeEach(async () => {
        await startEngine();
        world = await startWorld();
        where = { octokit: octokitOf(`${world.url}/`, "token-of-the-test"), owner: "misua" };
    });
    afterEach(() => world.close());

    function refused(type: string, error: string, newInputs: Record<string, unknown>): Promise<boolean> {
        const hook = { urn: "urn", id: "", name: "it", failedOperation: "create" };
        return takeBack({ ...hook, type, newInputs, errors: [error] }, where);
    }

    const deletions = () => world.asked.filter((request) => request.startsWith("DELETE"));

    describe("for a deploy key", () => {
        const type = "github:index/repositoryDeployKey:RepositoryDeployKey";
        const ours = pulumi.secret("ssh-ed25519 AAAAours");
        const inputs = { repository: "fluxcd-apps", title: "flux-dev", key: ours, readOnly: true };
        const keys = [
            { id: 7, title: "flux-dev", key: "ssh-ed25519 AAAAold" },
            { id: 8, title: "flux-dev", key: "ssh-ed25519 AAAAours" },
        ];

        it("deletes the key of the same key pair, so that it can be created again", async () => {
            world.answers.set(`GET ${apps}/keys?per_page=100`, keys).set(`DELETE ${apps}/keys/8`, {});
            assert.equal(await refused(type, "422 key is already in use", inputs), true);
            assert.deepEqual(deletions(), [`DELETE ${apps}/keys/8`]);
        });

        it("keeps a key of another pair, and keeps every key after any other error", async () => {
            world.answers.set(`GET ${apps}/keys?per_page=100`, keys.slice(0, 1));
            assert.equal(await refused(type, "422 key is already in use", inputs), false);
            assert.equal(await refused(type, "500 Internal Server Error", inputs), false);
            assert.deepEqual(deletions(), []);
        });

        it("deletes nothing if GitHub refuses the key for the second time", async () => {
            const errors = ["key is already in use", "key is already in use"];
            const args = { urn: "urn", id: "", name: "it", failedOperation: "create", type, newInputs: inputs, errors };
            assert.equal(await takeBack(args, where), false);
            assert.deepEqual(world.asked, []);
        });
    });

    describe("for a webhook", () => {
        const type = "github:index/repositoryWebhook:RepositoryWebhook";
        const configuration = pulumi.secret({ url: "https://flux.example.com/hook/ours", secret: "s" });
        const inputs = { repository: "fluxcd-apps", configuration };

        it("deletes the webhook with the same URL, and keeps the others", async () => {
            const hooks = ["theirs", "ours"].map((path, id) => ({
                id,
                config: { url: `https://flux.example.com/hook/${path}` },
            }));
            world.answers.set(`GET ${apps}/hooks?per_page=100`, hooks).set(`DELETE ${apps}/hooks/1`, {});
            assert.equal(await refused(type, "Hook already exists on this repository", inputs), true);
            assert.deepEqual(deletions(), [`DELETE ${apps}/hooks/1`]);
        });
    });

    describe("for a ruleset", () => {
        const type = "github:index/repositoryRuleset:RepositoryRuleset";
        const inputs = {
            name: "release-tags",
            repository: "fluxcd-apps",
            target: "tag",
            enforcement: "active",
            conditions: { refName: { includes: ["refs/tags/prod-v*", "refs/tags/staging-v*"], excludes: [] } },
            rules: { update: true, deletion: true, nonFastForward: true },
        };
        const same = {
            id: 5,
            name: "release-tags",
            target: "tag",
            enforcement: "active",
            bypass_actors: [],
            conditions: { ref_name: { include: ["refs/tags/staging-v*", "refs/tags/prod-v*"], exclude: [] } },
            rules: [{ type: "deletion" }, { type: "non_fast_forward" }, { type: "update" }],
        };
        const found = (ruleset: object) =>
            world.answers
                .set(`GET ${apps}/rulesets?per_page=100`, [{ id: 5, name: "release-tags" }])
                .set(`GET ${apps}/rulesets/5`, ruleset)
                .set(`DELETE ${apps}/rulesets/5`, {});

        it("deletes a ruleset with the same content", async () => {
            found(same);
            assert.equal(await refused(type, "Name must be unique", inputs), true);
            assert.deepEqual(deletions(), [`DELETE ${apps}/rulesets/5`]);
        });

        for (const [what, change] of [
            ["is not enforced", { enforcement: "disabled" }],
            ["has a bypass actor", { bypass_actors: [{ actor_id: 1 }] }],
            ["has different rules", { rules: [{ type: "deletion" }] }],
            ["is for other tags", { conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } } }],
        ] as const) {
            it(`keeps a ruleset that ${what}`, async () => {
                found({ ...same, ...change });
                assert.equal(await refused(type, "Name must be unique", inputs), false);
                assert.deepEqual(deletions(), []);
            });
        }
    });

    describe("for a branch protection rule", () => {
        const type = "github:index/branchProtection:BranchProtection";
        const inputs = {
            repositoryId: "node",
            pattern: "main",
            enforceAdmins: true,
            requiredLinearHistory: true,
            requiredPullRequestReviews: [{ requiredApprovingReviewCount: 1, dismissStaleReviews: true }],
        };
        const same = {
            id: "rule",
            pattern: "main",
            isAdminEnforced: true,
            allowsDeletions: false,
            allowsForcePushes: false,
            requiresLinearHistory: true,
            requiresApprovingReviews: true,
            requiredApprovingReviewCount: 1,
            requiredStatusCheckContexts: [],
        };
        const asked: string[] = [];
        const found = (rule: object) => {
            asked.length = 0;
            world.answers.set("POST /api/graphql", ({ query }: { query: string }) => {
                asked.push(query.split(/[ ({]/)[0] ?? "");
                return { data: { node: { branchProtectionRules: { nodes: [rule] } } } };
            });
        };

        it("deletes a rule with the same content", async () => {
            found(same);
            assert.equal(await refused(type, "Name must be unique", inputs), true);
            assert.deepEqual(asked, ["query", "mutation"]);
        });

        for (const change of [
            { isAdminEnforced: false },
            { requiredApprovingReviewCount: 2 },
            { pattern: "release" },
        ]) {
            it(`keeps a rule that differs by ${JSON.stringify(change)}`, async () => {
                found({ ...same, ...change });
                assert.equal(await refused(type, "Name must be unique", inputs), false);
                assert.deepEqual(asked, ["query"]);
            });
        }
    });
});
