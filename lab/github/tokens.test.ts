import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Answer, StandIn, type WorkingCopy } from "./harness.ts";

const github = new StandIn();
let copy: WorkingCopy;
let sha: string;
before(async () => {
    await github.start();
    copy = await github.repository("guarded");
    sha = (await copy.git("rev-parse", "HEAD")).output;
    // What keeps everybody but an administrator from pushing to main.
    const id = (await github.rest("GET", "/repos/misua/guarded")).text("node_id");
    const query =
        "mutation($input:CreateBranchProtectionRuleInput!){createBranchProtectionRule(input:$input){clientMutationId}}";
    const input = { repositoryId: id, pattern: "main", requiresApprovingReviews: true };
    await github.call("POST", "/api/graphql", { query, variables: { input } });
});
after(() => github.endBlameless());

const path = "/repos/misua/guarded";
const give = (token: object) => github.call("POST", "/_lab/tokens", token);
const as = (token: string, method: string, at: string, body?: unknown): Promise<Answer> =>
    github.rest(method, at, body, { authorization: `Bearer ${token}` });
const tag = (token: string, name: string) => as(token, "POST", `${path}/git/refs`, { ref: `refs/tags/${name}`, sha });
const remoteFor = (token: string) => `${github.url.replace("://", `://x:${token}@`)}/misua/guarded.git`;
const branch = { title: "t", head: "a", base: "main" };

void test("a fine-grained token may what its permissions say, and is told what it lacks", async () => {
    await give({ token: "reader", kind: "fine-grained", permissions: { contents: "read" } });
    const read = await as("reader", "GET", `${path}/commits/main`);
    const headers = [read.headers.get("x-accepted-github-permissions"), read.headers.get("x-oauth-scopes")];
    assert.deepEqual([read.status, ...headers], [200, "contents=read", null]);
    assert.equal((await as("reader", "GET", "/user")).at("login"), "misua");
    const refused = (answer: Answer, accepted: string): void => {
        const message = "Resource not accessible by personal access token";
        const told = answer.headers.get("x-accepted-github-permissions");
        assert.deepEqual([answer.status, answer.at("message"), told], [403, message, accepted]);
    };
    refused(await tag("reader", "v1.0.0"), "contents=write");
    refused(await as("reader", "POST", `${path}/pulls`, branch), "pull_requests=write");
    refused(await as("reader", "GET", `${path}/keys`), "administration=read");
    assert.ok((await copy.git("ls-remote", remoteFor("reader"))).ok);
    const push = await copy.git("push", remoteFor("reader"), "main:other");
    assert.match(push.output, /Permission to misua\/guarded\.git denied to misua\.[^]*error: 403/);

    await give({ token: "blind", kind: "fine-grained", permissions: {} });
    assert.equal((await as("blind", "GET", path)).status, 200);
    refused(await as("blind", "GET", `${path}/git/ref/heads/main`), "contents=read");
    assert.match((await copy.git("ls-remote", remoteFor("blind"))).output, /Write access to repository not granted/);

    const elsewhere = { kind: "fine-grained", permissions: { contents: "write" }, repositories: ["misua/elsewhere"] };
    await give({ token: "elsewhere", ...elsewhere });
    assert.deepEqual(
        [(await as("elsewhere", "GET", path)).status, (await tag("elsewhere", "v1.0.0")).status],
        [404, 404],
    );
});

void test("an App without a user makes tags and pull requests, and is held to main's protection", async () => {
    const permissions = { contents: "write", pull_requests: "write" };
    await give({ token: "app", kind: "app", login: "promoter[bot]", permissions });
    const user = await as("app", "GET", "/user");
    assert.deepEqual([user.status, user.at("message")], [403, "Resource not accessible by integration"]);
    const repository = await as("app", "GET", path);
    assert.deepEqual([repository.status, repository.at("permissions.admin")], [200, false]);
    assert.equal((await tag("app", "app-v1.0.0")).status, 201);
    const object = await as("app", "POST", `${path}/git/tags`, { tag: "t", message: "m", object: sha, type: "commit" });
    assert.match(object.text("tagger.email"), /^\d+\+promoter\[bot\]@users\.noreply\.github\.com$/);

    await copy.git("checkout", "-q", "-b", "by-app");
    const next = await copy.commit("by the App");
    assert.ok((await copy.git("push", remoteFor("app"), "by-app")).ok);
    const pushed = await copy.git("push", remoteFor("app"), "by-app:main");
    assert.match(pushed.output, /GH006[^]*Changes must be made through a pull request/);
    const moved = await as("app", "PATCH", `${path}/git/refs/heads/main`, { sha: next });
    assert.deepEqual([moved.status, moved.at("message")], [422, "Changes must be made through a pull request."]);
    const file = await as("app", "PUT", `${path}/contents/a`, { message: "a", content: "" });
    const could = "Could not create file: Changes must be made through a pull request.";
    assert.deepEqual([file.status, file.at("message")], [409, could]);
    const pull = await as("app", "POST", `${path}/pulls`, { ...branch, head: "by-app" });
    assert.deepEqual([pull.status, pull.at("user.login"), pull.at("user.type")], [201, "promoter[bot]", "Bot"]);
    assert.equal((await as("app", "DELETE", path)).at("message"), "Resource not accessible by integration");
});

void test("a user who may write makes tags, does not push to main and does not administer", async () => {
    await give({ token: "dev", kind: "classic", login: "dev", scopes: ["repo"] });
    assert.equal((await as("dev", "GET", "/user")).at("login"), "dev");
    assert.equal((await tag("dev", "dev-v1.0.0")).status, 201);
    await copy.git("checkout", "-q", "-B", "by-dev", "main");
    await copy.commit("by dev");
    assert.match((await copy.git("push", remoteFor("dev"), "by-dev:main")).output, /GH006/);
    const ruleset = await as("dev", "POST", `${path}/rulesets`, { name: "r", enforcement: "active" });
    assert.deepEqual([ruleset.status, ruleset.at("message")], [403, "Must have admin rights to Repository."]);
    assert.ok((await copy.git("push", copy.remote, "by-dev:main")).ok, "an administrator pushes");
});

void test("a classic token without its scope finds nothing, and the headers say why", async () => {
    await give({ token: "scopeless", kind: "classic", scopes: [] });
    const answer = await as("scopeless", "GET", `${path}/commits/main`);
    const headers = ["x-oauth-scopes", "x-accepted-oauth-scopes"].map((name) => answer.headers.get(name));
    assert.deepEqual([answer.status, ...headers], [404, "", "repo"]);
    await github.rest("POST", "/user/repos", { name: "open", auto_init: true });
    assert.equal((await as("scopeless", "GET", "/repos/misua/open/commits/main")).status, 200);
    const content = { message: "a", content: "" };
    assert.equal((await as("scopeless", "PUT", "/repos/misua/open/contents/a", content)).status, 404);
    await give({ token: "scopeless", kind: "classic", scopes: ["public_repo"] });
    assert.equal((await as("scopeless", "PUT", "/repos/misua/open/contents/a", content)).status, 201);
});

void test("GraphQL changes nothing for a token without administration", async () => {
    await give({ token: "writer", kind: "fine-grained", permissions: { contents: "write" } });
    const id = (await github.rest("GET", path)).text("node_id");
    const query =
        "mutation($input:CreateBranchProtectionRuleInput!){createBranchProtectionRule(input:$input){clientMutationId}}";
    const body = { query, variables: { input: { repositoryId: id, pattern: "x" } } };
    const answer = await github.call("POST", "/api/graphql", body, { authorization: "Bearer writer" });
    const { type, message } = answer.at("errors.0") as { type: string; message: string };
    assert.deepEqual([type, message], ["FORBIDDEN", "Resource not accessible by personal access token"]);
});

void test("tokens outlive a restart, are refused if misspelt, and end", async () => {
    await give({ token: "lasting", kind: "fine-grained", permissions: { contents: "read" } });
    await github.stop();
    await github.start();
    assert.equal((await as("lasting", "GET", path)).status, 200);
    for (const wrong of [
        { token: "x", kind: "pat" },
        { token: "x", kind: "fine-grained", permissions: { content: "read" } },
        { token: "x", kind: "fine-grained", permissions: { contents: "admin" } },
        { token: "x", kind: "classic", permissions: {} },
        { token: "x", kind: "classic", scopes: ["repos"] },
        { token: "x", kind: "app", login: "misua" },
        { token: "a-valid-token", kind: "classic" },
    ]) {
        assert.equal((await give(wrong)).status, 400, JSON.stringify(wrong));
    }
    await github.call("DELETE", "/_lab/tokens");
    assert.equal((await as("lasting", "GET", path)).status, 401);
});
