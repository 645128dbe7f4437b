import assert from "node:assert/strict";

import { apps, infrastructure, look, repositoriesOf } from "../support/repositories";
import { type Made, madeRepository } from "../support/state";
import { startWorld, type World } from "../support/world";

const created = {
    repository: "create",
    hasContent: true,
    branch: "main",
    branchRules: { requiredReviews: 0, requiredCheck: "validate", requireLinearHistory: true, enforceAdmins: false },
    immutableTagPrefixes: ["staging-v", "prod-v"],
};
/** A repository without rules and without a check of its own. */
const kept = {
    ...created,
    repository: "keep",
    hasContent: false,
    branchRules: { ...created.branchRules, requiredCheck: "" },
};

describe("The plan for a repository", () => {
    let world: World;
    const on = () => repositoriesOf(world);

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    const validate = "on: pull_request\njobs:\n  validate:\n    runs-on: ubuntu-latest\n";
    const tagRules = ["update", "deletion", "non_fast_forward"];

    const table: readonly (readonly [what: string, prepare: () => void, infrastructure: object, apps: object])[] = [
        [
            "both are absent",
            () => {
                world.answers.set(infrastructure, 404).set(apps, 404);
            },
            created,
            created,
        ],
        ["only the infrastructure repository exists", () => world.answers.set(apps, 404), kept, created],
        ["only the apps repository exists", () => world.answers.set(infrastructure, 404), created, kept],
        ["both exist", () => undefined, kept, kept],
        [
            "one is empty",
            () => {
                on().empty();
            },
            kept,
            { ...created, repository: "keep" },
        ],
        [
            "one was left by an interrupted update: empty, with the description of this program",
            () => {
                on().empty();
                on().change({ description: "The apps of every environment" });
            },
            kept,
            { ...created, repository: "import" },
        ],
        [
            "one is empty, with somebody's description",
            () => {
                on().empty();
                on().change({ description: "Ours" });
            },
            kept,
            { ...created, repository: "keep" },
        ],
        [
            "one has this program's description, and content",
            () => {
                on().change({ description: "The apps of every environment" });
            },
            kept,
            kept,
        ],
        [
            "one protects main",
            () => world.answers.set(`${apps}/branches/main`, { name: "main", protected: true }),
            kept,
            { ...kept, branchRules: undefined },
        ],
        [
            "one does not protect main",
            () => world.answers.set(`${apps}/branches/main`, { name: "main", protected: false }),
            kept,
            kept,
        ],
        [
            "one has a ruleset release-tags like ours",
            () => {
                const include = ["refs/tags/staging-v*", "refs/tags/prod-v*"];
                on().rulesets({ name: "release-tags", target: "tag", include, rules: tagRules });
            },
            kept,
            { ...kept, immutableTagPrefixes: [] },
        ],
        [
            "one has a ruleset for all tags under another name",
            () => {
                on().rulesets({ name: "tags", target: "tag", include: ["~ALL"], rules: tagRules });
            },
            kept,
            { ...kept, immutableTagPrefixes: [] },
        ],
        [
            "one has a ruleset release-tags for other tags, whose name GitHub gives once",
            () => {
                on().rulesets({ name: "release-tags", target: "tag", include: ["refs/tags/v*"], rules: tagRules });
            },
            kept,
            { ...kept, immutableTagPrefixes: [] },
        ],
        [
            "one has a ruleset that protects staging's tags only",
            () => {
                on().rulesets({ name: "tags", target: "tag", include: ["refs/tags/staging-v*"], rules: tagRules });
            },
            kept,
            kept,
        ],
        ["rulesets are not offered", () => world.answers.set(`${apps}/rulesets?per_page=100`, 403), kept, kept],
        [
            "one has a workflow with the check validate",
            () => {
                on().workflow(validate);
            },
            kept,
            { ...created, repository: "keep", hasContent: false },
        ],
        [
            "one has a check of its own only",
            () => {
                on().workflow("on: [push, pull_request]\njobs:\n  build:\n    runs-on: ubuntu-latest\n");
            },
            kept,
            kept,
        ],
        [
            "another system has reported the check validate on main",
            () => world.answers.set(`${apps}/commits/main/statuses?per_page=100`, [{ context: "validate" }]),
            kept,
            { ...created, repository: "keep", hasContent: false },
        ],
        [
            "a check run has reported validate on main",
            () =>
                world.answers.set(`${apps}/commits/main/check-runs?filter=latest&per_page=100`, {
                    total_count: 1,
                    check_runs: [{ name: "validate" }],
                }),
            kept,
            { ...created, repository: "keep", hasContent: false },
        ],
        [
            "one is a fork, whose workflows do not run",
            () => {
                on().change({ fork: true });
                on().workflow(validate);
            },
            kept,
            kept,
        ],
    ];
    for (const [what, prepare, ofInfrastructure, ofApps] of table) {
        it(`is planned for if ${what}`, async () => {
            prepare();
            const found = await look();
            assert.deepEqual(found.plans, { infrastructure: ofInfrastructure, apps: ofApps });
        });
    }

    it("belongs to the stack that has created it, also after its content and rules exist", async () => {
        world.answers.set(`${apps}/branches/main`, { name: "main", protected: true });
        on().rulesets({ name: "release-tags", target: "tag", include: ["~ALL"], rules: tagRules });
        const found = await look({}, madeRepository("fluxcd-apps"));
        assert.deepEqual(found.plans, { infrastructure: kept, apps: created });
        assert.deepEqual(found.kept.length, 1);
    });

    it("is not named again in later previews", async () => {
        const known = ["fluxcd-infrastructure", "fluxcd-apps"].map((name): Made => ["fluxcd:github:Repository", name]);
        assert.deepEqual((await look({}, known)).kept, []);
    });

    it("belongs to the stack that has created it if the update stopped right after that", async () => {
        on().empty();
        const found = await look({}, madeRepository("fluxcd-apps").slice(0, 1));
        assert.deepEqual(found.plans.apps, created);
    });

    it("keeps the rules and the required check that this stack has added", async () => {
        world.answers.set(`${apps}/branches/main`, { name: "main", protected: true });
        on().rulesets({ name: "release-tags", target: "tag", include: ["~ALL"], rules: tagRules });
        const [, content, , tags] = madeRepository("fluxcd-apps") as [Made, Made, Made, Made];
        const branchRules: Made = [
            "github:index/branchProtection:BranchProtection",
            "fluxcd-apps-main",
            { requiredStatusChecks: [{ contexts: ["validate"] }] },
        ];
        const found = await look({}, [content, branchRules, tags]);
        assert.deepEqual(found.plans.apps, { ...created, repository: "keep" });
    });

    it("gets the required check of the stack file, whatever reports there", async () => {
        const found = await look({ "fluxcd:protection": { requiredCheck: "build" } });
        assert.equal(found.plans.apps?.branchRules?.requiredCheck, "build");
        const without = await look({ "fluxcd:protection": { requiredCheck: "" } });
        assert.equal(without.plans.apps?.branchRules?.requiredCheck, "");
    });

    it("gets no rules that the stack file turns off", async () => {
        const { plans: found } = await look({ "fluxcd:protection": { branch: false, tags: false } });
        assert.deepEqual(found.apps, { ...kept, branchRules: undefined, immutableTagPrefixes: [] });
    });

    it("is nobody's business in a stack that looks it up", async () => {
        const { plans: found, kept: words } = await look({}, [], "staging");
        const none = { repository: "keep", hasContent: false, branch: "main", immutableTagPrefixes: [] };
        assert.deepEqual(found.apps, { ...none, branchRules: undefined });
        assert.deepEqual(words, []);
    });

    it("is named in the preview with what it keeps", async () => {
        world.answers.set(infrastructure, 404);
        world.answers.set(`${apps}/branches/main`, { name: "main", protected: true });
        on().rulesets({ name: "release-tags", target: "tag", include: ["refs/tags/v*"], rules: tagRules });
        const { kept: words, planWarnings } = await look();
        assert.deepEqual(words, [
            "misua/fluxcd-apps exists and keeps its settings, its content, the rules for main, its ruleset release-tags.",
        ]);
        assert.match(planWarnings.join(), /^The ruleset release-tags of misua\/fluxcd-apps does not protect every/);
    });
});
