import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { execa } from "execa";
import { StandIn, token } from "./harness.ts";

const github = new StandIn();
const manifest = "x".repeat(100_000);
before(async () => {
    const releases = join(github.directory, "releases");
    mkdirSync(join(releases, "v2.9.5"), { recursive: true });
    writeFileSync(join(releases, "v2.9.5/install.yaml"), manifest);
    await github.start("--releases", releases);
});
afterEach(() => github.call("DELETE", "/_lab/faults"));
after(() => github.end());

const strike = (fault: object) => github.call("POST", "/_lab/faults", fault);

void test("a token expires and is valid again", async () => {
    await strike({ expireToken: true });
    const answer = await github.rest("GET", "/user");
    assert.deepEqual([answer.status, answer.at("message")], [401, "Bad credentials"]);
    await github.call("DELETE", "/_lab/faults");
    assert.equal((await github.rest("GET", "/user")).status, 200);
});

void test("a fault strikes what it matches, as often as it says", async () => {
    await strike({
        match: { method: "GET", path: "^/api/v3/user$" },
        status: 503,
        headers: { "retry-after": "7" },
        times: 2,
    });
    assert.equal((await github.rest("GET", "/users/misua")).status, 200);
    const first = await github.rest("GET", "/user");
    assert.deepEqual([first.status, first.headers.get("retry-after")], [503, "7"]);
    assert.equal((await github.rest("GET", "/user")).status, 503);
    assert.equal((await github.rest("GET", "/user")).status, 200);
});

void test("a connection drops, and an answer is cut short", async () => {
    await strike({ match: { path: "/user$" }, drop: true, times: 1 });
    await assert.rejects(github.rest("GET", "/user"), /fetch failed/);
    await strike({ match: { path: "/user$" }, truncateBytes: 10, times: 1 });
    await assert.rejects(github.rest("GET", "/user"), /terminated/);
});

void test("a fault lets requests pass before it strikes", async () => {
    await strike({ match: { path: "/user$" }, status: 500, skip: 2, times: 1 });
    const answers = [];
    for (let asked = 0; asked < 4; asked += 1) {
        answers.push((await github.rest("GET", "/user")).status);
    }
    assert.deepEqual(answers, [200, 200, 500, 200]);
});

void test("what was asked is done before its answer comes later", async () => {
    await strike({ match: { method: "POST", path: "/user/repos$" }, answerDelayMs: 60_000 });
    const controller = new AbortController();
    const asked = fetch(`${github.url}/api/v3/user/repos`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ name: "made" }),
        signal: controller.signal,
    });
    const isDone = async () => (await github.call("GET", "/_lab/faults")).at("0.done") === 1;
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal((await github.rest("GET", "/repos/misua/made")).status, 200);
    controller.abort();
    await assert.rejects(asked, /abort/);
});

void test("a fault that is misspelt is refused", async () => {
    assert.equal((await strike({ truncate: 10 })).status, 400);
    assert.equal((await strike({ match: { via: "http" }, status: 500 })).status, 400);
});

void test("a release comes through the proxy from github.com, and faults reach it there", async () => {
    const at = (version: string) => `https://github.com/fluxcd/flux2/releases/download/${version}/install.yaml`;
    const download = async (version: string) => {
        const program = `const r = await fetch("${at(version)}"); console.log(r.status, (await r.text()).length)`;
        const env = {
            NODE_USE_ENV_PROXY: "1",
            HTTPS_PROXY: github.proxy,
            NO_PROXY: "127.0.0.1,localhost",
            NODE_EXTRA_CA_CERTS: github.ca,
        };
        const { all } = await execa(process.execPath, ["--input-type=module", "-e", program], {
            env,
            all: true,
            reject: false,
        });
        return all;
    };
    assert.equal(await download("v2.9.5"), `200 ${manifest.length}`);
    assert.match(await download("v0.0.1"), /^404/);
    await strike({ match: { via: "release" }, truncateBytes: 1000 });
    assert.match(await download("v2.9.5"), /terminated/);
    const downloads = (await github.requests()).filter(({ via }) => via === "release");
    assert.deepEqual([...new Set(downloads.map(({ kind }) => kind))], ["read"]);
    assert.ok(downloads.length >= 4);
});
