import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.endBlameless());

/** A repository whose branch `promote` has one commit more than main. */
async function proposed(name: string) {
    const copy = await github.repository(name);
    await copy.git("checkout", "-q", "-b", "promote");
    const sha = await copy.commit("staging to 1.2.3");
    await copy.git("push", copy.remote, "promote");
    const pulls = `/repos/misua/${name}/pulls`;
    const open = (more: object = {}) =>
        github.rest("POST", pulls, { title: "staging to 1.2.3", head: "promote", base: "main", ...more });
    return { copy, sha, pulls, open };
}

void test("a pull request is made once, listed by head, base and state, and read back", async () => {
    const { sha, pulls, open } = await proposed("asked");
    const made = await open({ body: "from dev" });
    assert.deepEqual([made.status, made.at("number"), made.at("head.sha")], [201, 1, sha]);
    assert.equal(made.text("html_url"), `${github.url}/misua/asked/pull/1`);
    const again = await open({ head: "misua:promote" });
    assert.equal(again.status, 422);
    assert.deepEqual(again.at("errors.0"), {
        resource: "PullRequest",
        code: "custom",
        message: "A pull request already exists for misua:promote.",
    });
    const listed = async (query: string) => ((await github.rest("GET", `${pulls}?${query}`)).at() as unknown[]).length;
    assert.equal(await listed("head=misua:promote&base=main"), 1);
    assert.equal(await listed("head=misua:other"), 0);
    assert.equal(await listed("base=other"), 0);
    assert.equal(await listed("state=closed"), 0);
    const read = await github.rest("GET", `${pulls}/1`);
    assert.deepEqual([read.at("commits"), read.at("body"), read.at("merged")], [1, "from dev", false]);
    assert.equal((await github.rest("GET", `${pulls}/2`)).status, 404);
    const changed = await github.rest("PATCH", `${pulls}/1`, { title: "staging to 1.2.4" });
    assert.equal(changed.at("title"), "staging to 1.2.4");
});

void test("of two that ask at once one gets the pull request", async () => {
    const { open } = await proposed("twice");
    const answers = await Promise.all([open(), open(), open()]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422]);
});

void test("a pull request without a branch, commits or a title is refused as GitHub refuses it", async () => {
    const { copy, open } = await proposed("refused");
    await copy.git("push", copy.remote, "main:same");
    const refused = async (more: object, error: object) => {
        const answer = await open(more);
        const expected = { resource: "PullRequest", ...error };
        assert.deepEqual(
            [answer.status, answer.at("message"), answer.at("errors.0")],
            [422, "Validation Failed", expected],
        );
    };
    await refused({ head: "nowhere" }, { field: "head", code: "invalid" });
    await refused({ head: "someone:promote" }, { field: "head", code: "invalid" });
    await refused({ base: "nowhere" }, { field: "base", code: "invalid" });
    await refused({ head: "same" }, { code: "custom", message: "No commits between main and same" });
    await refused({ title: undefined }, { field: "title", code: "missing_field" });
});

void test("a push of its commits to the base merges a pull request, the end of its branch closes it", async () => {
    const { copy, sha, pulls, open } = await proposed("followed");
    await open();
    await copy.git("push", copy.remote, "promote:main");
    const merged = await github.rest("GET", `${pulls}/1`);
    const outcome = [
        merged.at("state"),
        merged.at("merged"),
        merged.at("merge_commit_sha"),
        merged.at("merged_by.login"),
    ];
    assert.deepEqual(outcome, ["closed", true, sha, "misua"]);
    const second = await copy.commit("staging to 1.2.4");
    await copy.git("push", copy.remote, "promote");
    assert.equal((await open()).at("number"), 2);
    const third = await copy.commit("staging to 1.2.5");
    await copy.git("push", copy.remote, "promote");
    assert.notEqual(second, third);
    assert.equal((await github.rest("GET", `${pulls}/2`)).at("head.sha"), third);
    await github.rest("DELETE", "/repos/misua/followed/git/refs/heads/promote");
    const closed = await github.rest("GET", `${pulls}/2`);
    assert.deepEqual([closed.at("state"), closed.at("merged")], ["closed", false]);
});
