import assert from "node:assert/strict";

import type { RepositoryPlan } from "../../checks/plans";
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

    const rules = { requireLinearHistory: true, enforceAdmins: true };
    const created: RepositoryPlan = {
        repository: "create",
        hasContent: true,
        branch: "main",
        branchRules: { ...rules, requiredReviews: 2, requiredCheck: "validate" },
        immutableTagPrefixes: ["staging-v", "prod-v"],
    };
    const kept: RepositoryPlan = { ...created, repository: "keep", hasContent: false };
    const args = (plan: Partial<RepositoryPlan> = {}): RepositoryArgs => ({
        repository: "fluxcd-apps",
        mode: "manage",
        found: undefined,
        plan: { ...created, ...plan },
        description: "The apps",
        visibility: "private",
        scaffold: "scaffold/fluxcd-apps",
        branchProtection: rules,
        immutableTagPrefixes: ["staging-v", "prod-v"],
        hooks: hooks(),
    });
    const found = {
        sshUrl: "git@h:o/r.git",
        httpUrl: "https://h/o/r.git",
        htmlUrl: "https://h/o/r",
        nodeId: "found-node",
        visibility: "private",
        description: undefined,
        fullName: "o/r",
        defaultBranch: "main",
        isArchived: false,
        isDisabled: false,
        isFork: false,
    };

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
            requiredPullRequestReviews: [
                { requiredApprovingReviewCount: 2, dismissStaleReviews: true, requireCodeOwnerReviews: true },
            ],
            requiredStatusChecks: [{ strict: true, contexts: ["validate"] }],
        });
        assert.ok((protection.options.dependsOn as string[]).includes("apps-content"));
        assert.equal(engine.one("fluxcd:github:Repository", "apps").options.retainOnDelete, true);
    });

    it("imports what an interrupted update has created, and nothing else", async () => {
        for (const repository of ["create", "import", "keep"] as const) {
            new Repository(repository, { ...args({ repository }), found });
        }
        await settled();
        const registered = engine.ofType("github:index/repository:Repository");
        assert.deepEqual(
            registered.map(({ name, options }) => [name, options.import]),
            [
                ["create-repository", undefined],
                ["import-repository", "fluxcd-apps"],
            ],
        );
    });

    it("registers nothing that a server, a plan or an organization may not have, besides the rules", async () => {
        const { plan } = args();
        new Repository("apps", {
            ...args(),
            plan: { ...plan, branchRules: undefined, immutableTagPrefixes: [] },
        });
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
        const branchRules = {
            requiredReviews: 0,
            requiredCheck: "",
            requireLinearHistory: false,
            enforceAdmins: false,
        };
        new Repository("apps", args({ branchRules, immutableTagPrefixes: [] }));
        new Repository("open", args({ branchRules: undefined, immutableTagPrefixes: [] }));
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

    it("adds rules to a repository that it keeps, without creating it or changing its settings or its content", async () => {
        const repository = new Repository("apps", { ...args(kept), found });
        await settled();
        const registered = engine.registered.map(({ type }) => type.split(":").at(-1));
        assert.deepEqual(registered.sort(), ["BranchProtection", "Repository", "RepositoryRuleset"]);
        assert.equal(engine.ofType("fluxcd:github:Repository").length, 1);
        const { inputs } = engine.one("github:index/branchProtection:BranchProtection", "apps-main");
        assert.equal(inputs.repositoryId, "found-node");
        assert.equal(await value(repository.sshUrl), found.sshUrl);
        assert.deepEqual(repository.readable, []);
    });

    it("pushes the first content to an empty repository that it keeps", async () => {
        new Repository("apps", { ...args({ ...kept, hasContent: true }), found });
        await settled();
        const { inputs } = engine.one("pulumi-nodejs:dynamic/github:FirstContent", "apps-content");
        assert.equal(inputs.url, found.httpUrl);
    });

    it("protects another branch if the repository that it keeps has no main", async () => {
        new Repository("apps", { ...args({ ...kept, branch: "master" }), found });
        await settled();
        const { inputs } = engine.one("github:index/branchProtection:BranchProtection", "apps-master");
        assert.equal(inputs.pattern, "master");
    });

    it("registers nothing for a repository that another stack owns", async () => {
        const none = { ...kept, branchRules: undefined, immutableTagPrefixes: [] };
        const repository = new Repository("apps", { ...args(none), mode: "lookup", found });
        await settled();
        assert.deepEqual(
            engine.registered.map(({ type }) => type),
            ["fluxcd:github:Repository"],
        );
        assert.equal(await value(repository.htmlUrl), found.htmlUrl);
    });

    for (const [repository, hook] of [
        ["create", "fluxcd:resumeOnGitHub"],
        ["import", "fluxcd:resumeOnGitHub"],
        ["keep", "fluxcd:explainGitHubErrors"],
    ] as const) {
        it(`handles errors of its rules with ${hook} if the plan is to ${repository} it`, async () => {
            new Repository("apps", { ...args({ repository }), found });
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
        ["422 Repository creation failed. [{name already exists on this account}]", "run this again"],
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
