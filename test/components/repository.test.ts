import assert from "node:assert/strict";

import { Repository, type RepositoryArgs } from "../../components/repository";
import { explainGitHubError } from "../../explain/githubErrors";
import { type Engine, startEngine } from "../support/engine";
import { hooks } from "../support/fluxObjects";
import { settled, value } from "../support/program";

describe("Repository", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const args = (): RepositoryArgs => ({
        repository: "fluxcd-apps",
        mode: "create",
        found: undefined,
        description: "The apps",
        visibility: "private",
        scaffold: "scaffold/fluxcd-apps",
        branchProtection: {
            requiredReviews: 2,
            requiredCheck: "validate",
            requireLinearHistory: true,
            enforceAdmins: true,
        },
        immutableTagPrefixes: ["staging-v", "prod-v"],
        hooks: hooks(),
    });
    const existing = {
        sshUrl: "git@h:o/r.git",
        httpUrl: "https://h/o/r.git",
        htmlUrl: "https://h/o/r",
        nodeId: "found-node",
        visibility: "private",
        description: undefined,
    };
    const found = { repository: existing, isEmpty: false };

    it("protects main after pushing the first content, and is retained on deletion", async () => {
        new Repository("apps", args());
        await settled();
        const protection = engine.one("github:index/branchProtection:BranchProtection", "apps-main");
        assert.deepEqual(protection.inputs, {
            repositoryId: "node-of-fluxcd-apps",
            pattern: "main",
            enforceAdmins: true,
            allowsDeletions: false,
            allowsForcePushes: false,
            requiredLinearHistory: true,
            requiredPullRequestReviews: [{ requiredApprovingReviewCount: 2, dismissStaleReviews: true }],
            requiredStatusChecks: [{ strict: true, contexts: ["validate"] }],
        });
        assert.ok((protection.options.dependsOn as string[]).includes("apps-content"));
        assert.equal(engine.one("fluxcd:github:Repository", "apps").options.retainOnDelete, true);
    });

    it("imports a repository left by an interrupted update: empty, and with the same description", async () => {
        const left = { repository: { ...existing, description: "The apps" }, isEmpty: true };
        const theirs = { ...left, repository: { ...existing, description: "Somebody's" } };
        new Repository("left", { ...args(), found: left });
        new Repository("theirs", { ...args(), found: theirs });
        new Repository("full", { ...args(), found: { ...left, isEmpty: false } });
        await settled();
        const imported = ["left", "theirs", "full"].map(
            (name) => engine.one("github:index/repository:Repository", `${name}-repository`).options.import,
        );
        assert.deepEqual(imported, ["fluxcd-apps", undefined, undefined]);
    });

    it("registers nothing that a server, a plan or an organization may not have, besides the rules", async () => {
        new Repository("apps", { ...args(), branchProtection: undefined, immutableTagPrefixes: [] });
        await settled();
        assert.deepEqual(
            engine.registered.map(({ type }) => type),
            [
                "fluxcd:github:Repository",
                "github:index/repository:Repository",
                "pulumi-nodejs:dynamic/github:FirstContent",
            ],
        );
    });

    it("protects release tags from updates, deletions and force pushes", async () => {
        new Repository("apps", args());
        await settled();
        const { inputs } = engine.one("github:index/repositoryRuleset:RepositoryRuleset", "apps-release-tags");
        assert.equal(inputs.target, "tag");
        assert.deepEqual(inputs.conditions, {
            refName: { includes: ["refs/tags/staging-v*", "refs/tags/prod-v*"], excludes: [] },
        });
        assert.deepEqual(inputs.rules, { update: true, deletion: true, nonFastForward: true });
        assert.ok(!("bypassActors" in inputs));
    });

    it("omits the protection rules that config turns off", async () => {
        const branchProtection = {
            requiredReviews: 0,
            requiredCheck: "",
            requireLinearHistory: false,
            enforceAdmins: false,
        };
        new Repository("apps", { ...args(), branchProtection, immutableTagPrefixes: [] });
        new Repository("open", { ...args(), branchProtection: undefined, immutableTagPrefixes: [] });
        await settled();
        const { inputs } = engine.one("github:index/branchProtection:BranchProtection", "apps-main");
        assert.ok(!("requiredPullRequestReviews" in inputs));
        assert.ok(!("requiredStatusChecks" in inputs));
        assert.equal(engine.ofType("github:index/branchProtection:BranchProtection").length, 1);
        assert.equal(engine.ofType("github:index/repositoryRuleset:RepositoryRuleset").length, 0);
    });

    it("registers the same resources if the repository it created is found in the next run", async () => {
        new Repository("apps", args());
        await settled();
        const first = engine.registered;
        engine = await startEngine();
        new Repository("apps", { ...args(), found });
        await settled();
        assert.deepEqual(engine.registered, first);
    });

    it("in mode adopt, protects the repository without creating or changing it", async () => {
        const repository = new Repository("apps", { ...args(), mode: "adopt", found });
        await settled();
        assert.equal(engine.ofType("github:index/repository:Repository").length, 0);
        assert.equal(
            engine.one("pulumi-nodejs:dynamic/github:FirstContent", "apps-content").inputs.url,
            existing.httpUrl,
        );
        const { inputs } = engine.one("github:index/branchProtection:BranchProtection", "apps-main");
        assert.equal(inputs.repositoryId, "found-node");
        assert.equal(await value(repository.sshUrl), existing.sshUrl);
    });

    it("in mode lookup, registers nothing for a repository that another stack owns", async () => {
        const repository = new Repository("apps", { ...args(), mode: "lookup", found });
        await settled();
        assert.deepEqual(
            engine.registered.map(({ type }) => type),
            ["fluxcd:github:Repository"],
        );
        assert.equal(await value(repository.htmlUrl), existing.htmlUrl);
    });

    for (const [mode, hook] of [
        ["create", "fluxcd:resumeOnGitHub"],
        ["adopt", "fluxcd:explainGitHubErrors"],
    ] as const) {
        it(`in mode ${mode}, handles errors of its rules with ${hook}`, async () => {
            new Repository("apps", { ...args(), mode, found });
            await settled();
            const rules = ["branchProtection:BranchProtection", "repositoryRuleset:RepositoryRuleset"];
            const names = ["apps-main", "apps-release-tags"];
            const met = rules.map((type, at) => engine.errorHooksOf(`github:index/${type}`, names[at] ?? ""));
            assert.deepEqual(met, [[hook], [hook]]);
        });
    }

    it("keeps libraries and tokens out of the provider code of FirstContent in the state", async () => {
        new Repository("apps", args());
        await settled();
        const code = String(engine.one("pulumi-nodejs:dynamic/github:FirstContent", "apps-content").inputs.__provider);
        assert.ok(code.length < 10_000, `${code.length} characters`);
        assert.ok(!code.includes(process.env.GITHUB_TOKEN ?? "token-of-the-test"));
    });
});

describe("explainGitHubError", () => {
    for (const [error, says] of [
        ["422 Repository creation failed. [{name already exists on this account}]", "fluxcd:repositories adopt"],
        ["POST .../keys: 422 Deploy keys are disabled for this repository", "deploy keys disabled"],
        [
            "403 Upgrade to GitHub Pro or make this repository public to enable this feature.",
            "'fluxcd:protection.tags' false",
        ],
        ["403 Resource not accessible by personal access token", "lacks a permission"],
        ["DELETE https://api.github.com/repos/misua/fluxcd-apps/keys/4: 404 Not Found []", "pulumi refresh --stack"],
        ["sdk.helper_schema: doesn't support update: provider=github@6.15.0", "pulumi refresh --stack"],
    ] as const) {
        it(`explains: ${error}`, () => {
            assert.ok(explainGitHubError(error, "dev")?.includes(says));
        });
    }

    it("returns undefined for an error that needs no explanation", () => {
        assert.equal(explainGitHubError("502 Bad Gateway", "dev"), undefined);
    });
});
