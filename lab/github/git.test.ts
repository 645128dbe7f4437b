import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn, WorkingCopy } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.end());

void test("a tag under a ruleset can be made, and then neither moved nor deleted, by push or API", async () => {
    const copy = await github.repository("tagged");
    const ruleset = {
        name: "release tags",
        target: "tag",
        enforcement: "active",
        conditions: { ref_name: { include: ["refs/tags/staging-v*"], exclude: [] } },
        rules: [{ type: "update" }, { type: "deletion" }],
    };
    assert.equal((await github.rest("POST", "/repos/misua/tagged/rulesets", ruleset)).status, 201);
    await copy.git("tag", "-a", "-m", "release", "staging-v1.0.0");
    await copy.git("tag", "other");
    assert.ok((await copy.git("push", copy.remote, "--tags")).ok);
    const first = (await copy.git("rev-parse", "HEAD")).output;
    const sha = await copy.commit("second");
    await copy.git("push", copy.remote, "main");
    await copy.git("tag", "-f", "staging-v1.0.0");
    await copy.git("tag", "-f", "other");

    const moved = await copy.git("push", "-f", copy.remote, "staging-v1.0.0", "other");
    assert.match(moved.output, /GH013: Repository rule violations found for refs\/tags\/staging-v1\.0\.0/);
    assert.match(moved.output, /other -> other \(forced update\)/);
    assert.match((await copy.git("push", copy.remote, ":staging-v1.0.0")).output, /Cannot delete this protected ref/);
    const path = "/repos/misua/tagged/git/refs/tags/staging-v1.0.0";
    assert.match(
        (await github.rest("PATCH", path, { sha, force: true })).text("message"),
        /Cannot update this protected ref/,
    );
    assert.equal((await github.rest("DELETE", path)).status, 422);

    // An annotated tag is followed to the commit.
    const tagged = await github.rest("GET", "/repos/misua/tagged/commits/tags%2Fstaging-v1.0.0");
    assert.equal(tagged.at("sha"), first);
    const missing = await github.rest("GET", "/repos/misua/tagged/commits/tags%2Fstaging-v9.9.9");
    assert.deepEqual([missing.status, missing.text("message")], [422, "No commit found for SHA: tags/staging-v9.9.9"]);
});

void test("a protected branch takes an administrator's push, but no rewritten history, until admins are held to it too", async () => {
    const copy = await github.repository("protected");
    const id = (await github.rest("GET", "/repos/misua/protected")).text("node_id");
    const query =
        "mutation($input:CreateBranchProtectionRuleInput!){createBranchProtectionRule(input:$input){branchProtectionRule{id}}}";
    const input = { repositoryId: id, pattern: "main", requiresApprovingReviews: true };
    const made = await github.call("POST", "/api/graphql", { query, variables: { input } });
    await copy.commit("second");
    assert.ok((await copy.git("push", copy.remote, "main")).ok);
    await copy.git("commit", "-q", "--amend", "--allow-empty", "-m", "rewritten");
    assert.match((await copy.git("push", "-f", copy.remote, "main")).output, /GH006: Protected branch update failed/);

    const rule = made.text("data.createBranchProtectionRule.branchProtectionRule.id");
    const hold =
        "mutation($input:UpdateBranchProtectionRuleInput!){updateBranchProtectionRule(input:$input){clientMutationId}}";
    const held = { branchProtectionRuleId: rule, isAdminEnforced: true };
    await github.call("POST", "/api/graphql", { query: hold, variables: { input: held } });
    await copy.git("reset", "-q", "--hard", "HEAD@{1}");
    await copy.commit("third");
    assert.match((await copy.git("push", copy.remote, "main")).output, /Changes must be made through a pull request/);
});

void test("git over HTTP wants the token for what is private", async () => {
    const copy = await github.repository("private");
    const anonymous = await copy.git("ls-remote", `${github.url}/misua/private.git`);
    assert.equal(anonymous.ok, false);
    const wrong = await copy.git("ls-remote", copy.remote.replace(/x:[^@]+@/, "x:wrong@"));
    assert.match(wrong.output, /Authentication failed/);
    assert.match((await copy.git("ls-remote", copy.remote.replace("private.git", "nowhere.git"))).output, /not found/);
    const pushes = (await github.requests()).filter(
        ({ via, path }) => via === "git-http" && path.includes("/private.git/"),
    );
    assert.deepEqual(
        pushes.filter(({ kind }) => kind === "write").map(({ operation }) => operation),
        ["git-receive-pack"],
    );
});

void test("an administrator who switches the ruleset off moves and deletes a release's tag", async () => {
    const copy = await github.repository("unlocked");
    const repository = "/repos/misua/unlocked";
    const conditions = { ref_name: { include: ["refs/tags/staging-v*"], exclude: [] } };
    const rules = [{ type: "update" }, { type: "deletion" }];
    const ruleset = { name: "release tags", target: "tag", enforcement: "active", conditions, rules };
    const id = (await github.rest("POST", `${repository}/rulesets`, ruleset)).text("id");
    await copy.git("tag", "staging-v1.0.0");
    await copy.git("push", copy.remote, "staging-v1.0.0");
    const sha = await copy.commit("second");
    await copy.git("push", copy.remote, "main");
    const tag = `${repository}/git/refs/tags/staging-v1.0.0`;
    const move = () => github.rest("PATCH", tag, { sha, force: true });
    const remove = () => github.rest("DELETE", tag);
    assert.deepEqual([(await move()).status, (await remove()).status], [422, 422]);

    const off = await github.rest("PUT", `${repository}/rulesets/${id}`, { enforcement: "disabled" });
    assert.deepEqual([off.status, off.at("enforcement"), off.at("rules.0.type")], [200, "disabled", "update"]);
    assert.equal((await move()).at("object.sha"), sha);
    await github.rest("PUT", `${repository}/rulesets/${id}`, { enforcement: "active" });
    assert.equal((await remove()).status, 422);
    assert.equal((await github.rest("DELETE", `${repository}/rulesets/${id}`)).status, 204);
    assert.equal((await remove()).status, 204);
    assert.equal((await github.rest("GET", `${repository}/git/ref/tags/staging-v1.0.0`)).status, 404);
});

void test("a commit is fetched by its hash alone, without its history, also one that no branch reaches", async () => {
    const copy = await github.repository("exact");
    await copy.git("checkout", "-q", "-b", "gone");
    const sha = await copy.commit("second");
    await copy.commit("third");
    await copy.git("push", copy.remote, "gone");
    await copy.git("push", copy.remote, ":gone");
    const other = new WorkingCopy(`${copy.directory}-fetched`, copy.remote);
    await other.begin();
    for (const version of ["2", "0"]) {
        const fetch = ["-c", `protocol.version=${version}`, "fetch", "-q", "--depth=1", copy.remote, sha];
        assert.ok((await other.git(...fetch)).ok);
        assert.equal((await other.git("rev-list", "--count", "FETCH_HEAD")).output, "1");
        assert.equal((await other.git("rev-parse", "FETCH_HEAD")).output, sha);
    }
    assert.equal((await other.git("fetch", "--depth=1", copy.remote, "1".repeat(40))).ok, false);
});
