import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.endBlameless());

async function committed(name: string) {
    const copy = await github.repository(name);
    const sha = (await copy.git("rev-parse", "HEAD")).output;
    const set = (more: object, headers?: Record<string, string>) =>
        github.rest("POST", `/repos/misua/${name}/statuses/${sha}`, { state: "success", ...more }, headers);
    const list = (ref: string) => github.rest("GET", `/repos/misua/${name}/commits/${ref}/statuses`);
    return { sha, set, list };
}

void test("a commit's statuses are listed newest first, by its sha or a branch that is on it", async () => {
    const { sha, set, list } = await committed("told");
    const made = await set({ state: "failure", context: "flux/dev/apps", description: "build failed" });
    assert.deepEqual([made.status, made.at("state"), made.at("creator.login")], [201, "failure", "misua"]);
    assert.equal(made.text("url"), `${github.url}/api/v3/repos/misua/told/statuses/${sha}`);
    await set({ context: "flux/dev/apps", target_url: "https://example.com/" });
    for (const ref of [sha, "main"]) {
        const listed = (await list(ref)).at() as { state: string; description: string | null }[];
        assert.deepEqual(
            listed.map(({ state, description }) => [state, description]),
            [
                ["success", null],
                ["failure", "build failed"],
            ],
        );
    }
});

void test("a status without a context has GitHub's", async () => {
    const { set } = await committed("plain");
    assert.equal((await set({ state: "pending" })).at("context"), "default");
});

void test("what is no commit, and a description that is too long, are refused", async () => {
    const { set } = await committed("strict");
    const nowhere = await github.rest("POST", `/repos/misua/strict/statuses/${"a".repeat(40)}`, { state: "error" });
    assert.deepEqual([nowhere.status, nowhere.at("message")], [422, `No commit found for SHA: ${"a".repeat(40)}`]);
    assert.equal((await set({ description: "x".repeat(140) })).status, 201);
    assert.equal((await set({ description: "x".repeat(141) })).status, 422);
});

void test("a token needs the permission for statuses, and no other", async () => {
    const { set, sha } = await committed("held");
    const as = async (token: string, permissions: object) => {
        await github.call("POST", "/_lab/tokens", { token, kind: "fine-grained", permissions });
        const headers = { authorization: `Bearer ${token}` };
        const read = await github.rest("GET", `/repos/misua/held/commits/${sha}/statuses`, undefined, headers);
        return [(await set({}, headers)).status, read.status];
    };
    assert.deepEqual(await as("writer", { statuses: "write" }), [201, 200]);
    assert.deepEqual(await as("reader", { statuses: "read" }), [403, 200]);
    assert.deepEqual(await as("pusher", { contents: "write" }), [403, 403]);
});

void test("what is sent to the inbox is kept, by its name, until it is forgotten", async () => {
    const inbox = async () => (await github.call("GET", "/_lab/inbox")).at() as { to: string; body: unknown }[];
    await github.call("POST", "/_lab/inbox/oncall", { text: "hello" });
    assert.deepEqual(
        (await inbox()).map(({ to, body }) => [to, body]),
        [["oncall", { text: "hello" }]],
    );
    await github.call("DELETE", "/_lab/inbox");
    assert.deepEqual(await inbox(), []);
});
