import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";
import { findRoute, responseProblems } from "./openapi.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.end());

void test("a body that GitHub's description does not allow is refused with 422 and remembered", async () => {
    await github.rest("POST", "/user/repos", { name: "bodies" });
    const answer = await github.rest("POST", "/repos/misua/bodies/keys", { title: 1 });
    assert.equal(answer.status, 422);
    assert.match(answer.text("message"), /"key" wasn't supplied\./);
    assert.ok((await github.errors()).some(({ message }) => message.startsWith("request body:")));
});

void test("an answer that GitHub's description does not allow is found out", async () => {
    await github.rest("POST", "/user/repos", { name: "answers" });
    const body = (await github.rest("GET", "/repos/misua/answers")).at() as Record<string, unknown>;
    const route = findRoute("GET", "/repos/misua/answers");
    assert.ok(route);
    assert.deepEqual(responseProblems(route.operation, 200, body), []);
    const problems = responseProblems(route.operation, 200, { ...body, node_id: undefined, private: "yes" });
    assert.match(problems.join("\n"), /node_id/);
    assert.match(problems.join("\n"), /private must be boolean/);
    assert.notDeepEqual(responseProblems(route.operation, 202, body), []);
});

void test("a route that is not served is 501 and remembered, also one that a served route would swallow", async () => {
    await github.rest("POST", "/user/repos", { name: "routes" });
    for (const path of ["/repos/misua/routes/issues", "/repos/misua/routes/commits/main/status"]) {
        assert.equal((await github.rest("GET", path)).status, 501);
        assert.ok((await github.errors()).some((error) => error.path === path));
    }
});

void test("REST is under /api/v3 alone, as on a GitHub Enterprise Server", async () => {
    assert.equal((await github.call("GET", "/user")).status, 501);
    assert.equal((await github.call("GET", "/api/v3/user")).status, 200);
});

void test("only the given token is valid, and a private repository is not there without it", async () => {
    await github.rest("POST", "/user/repos", { name: "secret", private: true });
    const wrong = await github.rest("GET", "/user", undefined, { authorization: "Bearer another" });
    assert.deepEqual([wrong.status, wrong.text("message")], [401, "Bad credentials"]);
    const response = await fetch(`${github.url}/api/v3/user`);
    assert.equal(response.status, 401);
    assert.match(await response.text(), /Requires authentication/);
    assert.equal((await fetch(`${github.url}/api/v3/repos/misua/secret`)).status, 404);
});

void test("what has not changed is answered 304, and a restart changes nothing", async () => {
    await github.rest("POST", "/user/repos", { name: "kept", private: true, description: "here to stay" });
    const first = await github.rest("GET", "/repos/misua/kept");
    const known = { "if-none-match": first.headers.get("etag") ?? "" };
    assert.equal((await github.rest("GET", "/repos/misua/kept", undefined, known)).status, 304);
    await github.rest("PATCH", "/repos/misua/kept", { has_wiki: false });
    assert.equal((await github.rest("GET", "/repos/misua/kept", undefined, known)).status, 200);
    assert.equal(await github.stop(), 0);
    await github.start();
    const again = await github.rest("GET", "/repos/misua/kept");
    const kept = [again.at("id"), again.at("description"), again.at("has_wiki")];
    assert.deepEqual(kept, [first.at("id"), "here to stay", false]);
});

void test("an organization's plan and its switch for deploy keys are enforced in GitHub's words", async () => {
    const owner = { login: "acme", plan: "free", deployKeysEnabled: false };
    await github.call("POST", "/_lab/owners", owner);
    const acme = await github.rest("GET", "/orgs/acme");
    assert.deepEqual([acme.at("plan.name"), acme.at("deploy_keys_enabled_for_repositories")], ["free", false]);
    assert.equal((await github.rest("GET", "/orgs/misua")).status, 404);
    await github.rest("POST", "/orgs/acme/repos", { name: "shop", private: true });
    const ruleset = await github.rest("POST", "/repos/acme/shop/rulesets", { name: "tags", enforcement: "active" });
    assert.equal(ruleset.status, 403);
    assert.match(ruleset.text("message"), /^Upgrade to GitHub Pro or make this repository public/);
    const key = await github.rest("POST", "/repos/acme/shop/keys", { key: (await github.key("acme")).public });
    assert.deepEqual([key.status, key.at("errors.0.message")], [422, "Deploy keys are disabled for this repository"]);
});

void test("repositories and revisions in them are looked up by GraphQL, many at once", async () => {
    await github.rest("POST", "/user/repos", { name: "looked-at", private: true, auto_init: true });
    const fields = "url sshUrl object(expression: $revision) { __typename oid }";
    const query = `query($owner: String!, $revision: String!) {
        there: repository(owner: $owner, name: "looked-at") { ${fields} }
        missing: repository(owner: $owner, name: "not-there") { ${fields} }
    }`;
    const ask = (revision: string) =>
        github.call("POST", "/api/graphql", { query, variables: { owner: "misua", revision } });
    const found = await ask("refs/heads/main");
    assert.match(found.text("data.there.object.oid"), /^[0-9a-f]{40}$/);
    assert.equal(found.at("data.there.object.__typename"), "Commit");
    assert.match(found.text("data.there.url"), /\/misua\/looked-at$/);
    assert.equal(found.at("data.missing"), null);
    assert.deepEqual([found.at("errors.0.type"), found.at("errors.0.path.0")], ["NOT_FOUND", "missing"]);
    assert.equal((await ask("refs/heads/other")).at("data.there.object"), null);
});

void test("branch protection goes through GitHub's GraphQL schema", async () => {
    const ask = (query: string, variables: object) => github.call("POST", "/api/graphql", { query, variables });
    const repository = await github.rest("POST", "/user/repos", { name: "guarded", private: true });
    const input = { repositoryId: repository.at("node_id"), pattern: "main", requiresLinearHistory: true };
    const created = await ask(
        "mutation($input:CreateBranchProtectionRuleInput!){createBranchProtectionRule(input:$input){branchProtectionRule{id}}}",
        { input },
    );
    const id = created.at("data.createBranchProtectionRule.branchProtectionRule.id");
    const read =
        "query($id:ID!){node(id:$id){... on BranchProtectionRule{pattern requiresLinearHistory repository{name}}}}";
    const rule = { pattern: "main", requiresLinearHistory: true, repository: { name: "guarded" } };
    const found = await ask(read, { id });
    assert.equal(JSON.stringify(found.at("data.node")), JSON.stringify(rule));
    const removed = await ask(
        "mutation($input:DeleteBranchProtectionRuleInput!){deleteBranchProtectionRule(input:$input){clientMutationId}}",
        { input: { branchProtectionRuleId: id } },
    );
    assert.equal(removed.at("errors"), undefined);
    assert.match(
        (await ask(read, { id })).text("errors.0.message"),
        /^Could not resolve to a node with the global id of/,
    );
    assert.match((await ask("{viewer{bio}}", {})).text("errors.0.message"), /does not serve User\.bio/);
    const writes = (await github.requests()).filter(({ via, kind }) => via === "graphql" && kind === "write");
    const operations = writes.map((write) => write.operation);
    assert.deepEqual(operations, ["createBranchProtectionRule", "deleteBranchProtectionRule"]);
});
