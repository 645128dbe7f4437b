import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.endBlameless());

void test("an annotated tag is made through the API: the object, then the ref, which only one of several gets", async () => {
    const copy = await github.repository("released");
    const object = (await copy.git("rev-parse", "HEAD")).output;
    const repository = "/repos/misua/released";
    const wanted = { tag: "staging-v1.2.3", message: "by misua, from dev\n", object, type: "commit" };
    const made = await github.rest("POST", `${repository}/git/tags`, wanted);
    const [status, login, to] = [made.status, made.at("tagger.name"), made.at("object.sha")];
    assert.deepEqual([status, login, to], [201, "misua", object]);
    const sha = made.text("sha");
    const create = () => github.rest("POST", `${repository}/git/refs`, { ref: "refs/tags/staging-v1.2.3", sha });
    const answers = await Promise.all([create(), create(), create(), create()]);
    assert.deepEqual(answers.map((one) => one.status).sort(), [201, 422, 422, 422]);
    assert.equal(answers.find((one) => one.status === 422)?.at("message"), "Reference already exists");
    const ref = await github.rest("GET", `${repository}/git/ref/tags/staging-v1.2.3`);
    assert.deepEqual([ref.at("object.type"), ref.at("object.sha")], ["tag", sha]);
    const read = await github.rest("GET", `${repository}/git/tags/${sha}`);
    assert.deepEqual([read.at("tag"), read.at("message")], ["staging-v1.2.3", "by misua, from dev"]);
    await copy.git("fetch", copy.remote, "tag", "staging-v1.2.3");
    assert.match((await copy.git("cat-file", "-p", "staging-v1.2.3")).output, /^tag staging-v1\.2\.3$/m);
    const missing = await github.rest("POST", `${repository}/git/tags`, { ...wanted, object: "1".repeat(40) });
    assert.equal(missing.status, 422);
});

void test("the refs that begin alike are listed, and an empty repository says that it is", async () => {
    const copy = await github.repository("listed");
    for (const tag of ["staging-v1.2.3", "staging-v1.2.30", "production-v1.2.3"]) {
        await copy.git("tag", tag);
    }
    await copy.git("push", copy.remote, "--tags");
    const listed = await github.rest("GET", "/repos/misua/listed/git/matching-refs/tags/staging-v1.2.3");
    const refs = (listed.at() as { ref: string }[]).map(({ ref }) => ref);
    assert.deepEqual(refs, ["refs/tags/staging-v1.2.3", "refs/tags/staging-v1.2.30"]);
    await github.rest("POST", "/user/repos", { name: "empty" });
    const empty = await github.rest("GET", "/repos/misua/empty/git/matching-refs/tags/");
    assert.deepEqual([empty.status, empty.at("message")], [409, "Git Repository is empty."]);
});

void test("a commit is made of blob, tree and parent, and a branch moves to it", async () => {
    const copy = await github.repository("written");
    const parent = (await copy.git("rev-parse", "HEAD")).output;
    const git = "/repos/misua/written/git";
    const blob = await github.rest("POST", `${git}/blobs`, { content: "a: 1\n" });
    const entry = { path: "deep/Pulumi.staging.yaml", mode: "100644", type: "blob", sha: blob.text("sha") };
    const tree = await github.rest("POST", `${git}/trees`, { base_tree: parent, tree: [entry] });
    const commit = await github.rest("POST", `${git}/commits`, {
        message: "staging to 1.2.3",
        tree: tree.text("sha"),
        parents: [parent],
    });
    const sha = commit.text("sha");
    assert.equal((await github.rest("PATCH", `${git}/refs/heads/main`, { sha })).status, 200);
    const file = await github.rest("GET", `/repos/misua/written/contents/deep/Pulumi.staging.yaml?ref=${sha}`);
    assert.equal(Buffer.from(file.text("content"), "base64").toString(), "a: 1\n");
    assert.equal((await github.rest("GET", `${git}/commits/${sha}`)).at("parents.0.sha"), parent);
    const listed = await github.rest("GET", `${git}/trees/${sha}?recursive=1`);
    assert.equal(listed.at("tree.1.path"), "deep/Pulumi.staging.yaml");
    const back = await github.rest("PATCH", `${git}/refs/heads/main`, { sha: parent });
    assert.deepEqual([back.status, back.at("message")], [422, "Update is not a fast forward"]);
});

void test("two who write to one branch at once do not lose each other's commit", async () => {
    await github.repository("busy");
    const write = (name: string) =>
        github.rest("PUT", `/repos/misua/busy/contents/${name}`, { message: name, content: "" });
    const answers = await Promise.all([write("a"), write("b"), write("c")]);
    const stale = answers.filter(({ status }) => status === 409);
    assert.ok(answers.some(({ status }) => status === 201));
    assert.ok(stale.every((one) => /^is at \w{40} but expected \w{40}$/.test(one.text("message"))));
    const commits = (await github.rest("GET", "/repos/misua/busy/commits")).at() as unknown[];
    assert.equal(commits.length, 1 + answers.length - stale.length);
});

void test("a comparison is paged, and links to the page that people read", async () => {
    const copy = await github.repository("compared");
    await copy.git("tag", "v1.0.0");
    for (const number of [1, 2, 3, 4, 5]) {
        await copy.commit(`change ${number}`);
    }
    await copy.git("push", copy.remote, "main", "v1.0.0");
    const path = "/repos/misua/compared/compare/v1.0.0...main";
    const whole = await github.rest("GET", path);
    assert.deepEqual([whole.at("status"), whole.at("total_commits")], ["ahead", 5]);
    assert.equal(whole.text("html_url"), `${github.url}/misua/compared/compare/v1.0.0...main`);
    assert.match(whole.text("permalink_url"), /\/compare\/misua:\w{7}\.\.\.misua:\w{7}$/);
    const messages: unknown[] = [];
    let next: string | undefined = `${path}?per_page=2`;
    while (next !== undefined) {
        const answer = await github.rest("GET", next);
        const commits = answer.at("commits") as { commit: { message: string } }[];
        messages.push(commits.map(({ commit }) => commit.message));
        assert.equal(answer.at("total_commits"), 5);
        assert.equal(answer.at("files") === undefined, messages.length > 1);
        next = /<[^>]*\/api\/v3([^>]*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    assert.deepEqual(messages, [["change 1", "change 2"], ["change 3", "change 4"], ["change 5"]]);
});

void test("a comparison without pages has the newest 250 commits, and none with what is unknown or unrelated", async () => {
    const copy = await github.repository("long");
    await copy.git("tag", "v1.0.0");
    const commit = (number: number) =>
        `commit refs/heads/main\ncommitter A <a@example.com> ${number} +0000\ndata 3\n${100 + number}\n` +
        (number === 1 ? "from v1.0.0\n" : "");
    const stream = Array.from({ length: 260 }, (_, index) => commit(index + 1)).join("");
    await copy.input(stream, "fast-import", "--quiet");
    await copy.git("push", copy.remote, "main", "v1.0.0");
    const answer = await github.rest("GET", "/repos/misua/long/compare/v1.0.0...main");
    const commits = answer.at("commits") as { commit: { message: string } }[];
    assert.deepEqual([commits.length, answer.at("total_commits")], [250, 260]);
    assert.deepEqual([commits.at(0)?.commit.message, commits.at(-1)?.commit.message], ["111", "360"]);
    for (const range of ["v9.9.9...main", "main...v9.9.9"]) {
        const missing = await github.rest("GET", `/repos/misua/long/compare/${range}`);
        assert.deepEqual([missing.status, missing.at("message")], [404, "Not Found"]);
    }
    await copy.git("checkout", "-q", "--orphan", "other");
    await copy.commit("unrelated");
    await copy.git("push", copy.remote, "other");
    const unrelated = await github.rest("GET", "/repos/misua/long/compare/main...other");
    assert.deepEqual([unrelated.status, unrelated.at("message")], [404, "No common ancestor between main and other."]);
});
