import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.endBlameless());

void test("an issue is opened, listed by its label, changed and closed", async () => {
    await github.repository("issues");
    const issues = "/repos/misua/issues/issues";
    const made = await github.rest("POST", issues, { title: "Drift", body: "dev", labels: ["drift"] });
    assert.deepEqual([made.status, made.at("number"), made.at("labels.0.name")], [201, 1, "drift"]);
    assert.equal(made.text("html_url"), `${github.url}/misua/issues/issues/1`);
    const listed = async (query: string) => ((await github.rest("GET", `${issues}?${query}`)).at() as unknown[]).length;
    assert.equal(await listed("labels=drift"), 1);
    assert.equal(await listed("labels=drift,other"), 0);
    const changed = await github.rest("PATCH", `${issues}/1`, { body: "staging" });
    assert.deepEqual([changed.at("body"), changed.at("title"), changed.at("state")], ["staging", "Drift", "open"]);
    const closed = await github.rest("PATCH", `${issues}/1`, { state: "closed" });
    assert.deepEqual([closed.at("state"), closed.at("state_reason")], ["closed", "completed"]);
    assert.equal(await listed("labels=drift"), 0);
    assert.equal(await listed("labels=drift&state=all"), 1);
    assert.equal((await github.rest("PATCH", `${issues}/2`, { body: "" })).status, 404);
});

void test("a comment is made on an issue or a pull request, listed page by page, and edited in place", async () => {
    const copy = await github.repository("comments");
    await copy.git("checkout", "-q", "-b", "change");
    await copy.commit("a change");
    await copy.git("push", copy.remote, "change");
    const title = { title: "a change", head: "change", base: "main" };
    const pull = await github.rest("POST", "/repos/misua/comments/pulls", title);
    assert.equal(pull.at("number"), 1);
    const other = await github.rest("POST", "/repos/misua/comments/issues", { title: "counted with it" });
    assert.equal(other.at("number"), 2);
    const comments = "/repos/misua/comments/issues/1/comments";
    const first = await github.rest("POST", comments, { body: "first" });
    assert.equal(first.status, 201);
    await github.rest("POST", comments, { body: "second" });
    const id = String(first.at("id"));
    assert.equal(first.text("html_url"), `${github.url}/misua/comments/pull/1#issuecomment-${id}`);
    const edited = await github.rest("PATCH", `/repos/misua/comments/issues/comments/${id}`, { body: "edited" });
    assert.equal(edited.at("body"), "edited");
    const page = await github.rest("GET", `${comments}?per_page=1&page=1`);
    assert.deepEqual(
        (page.at() as { body: string }[]).map(({ body }) => body),
        ["edited"],
    );
    assert.equal((await github.rest("POST", "/repos/misua/comments/issues/3/comments", { body: "x" })).status, 404);
});
