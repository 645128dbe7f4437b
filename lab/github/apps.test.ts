import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, test } from "node:test";
import { type Answer, StandIn, type WorkingCopy } from "./harness.ts";

const github = new StandIn();
let copy: WorkingCopy;
before(async () => {
    await github.start();
    copy = await github.repository("guarded");
    await github.repository("other");
});
after(() => github.endBlameless());

const [first, second] = [
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
];
const pem = (key: KeyObject): string => key.export({ format: "pem", type: "spki" });
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = (): number => Math.floor(Date.now() / 1000);

function signed(claims: object, key: KeyObject = first.privateKey, alg = "RS256"): string {
    const text = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
    return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
}

const jwt = (app: number): string => signed({ iss: String(app), iat: now() - 30, exp: now() + 90 });
const as = (token: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    github.rest(method, path, body, { authorization: `Bearer ${token}` });

const app = {
    slug: "flux",
    publicKeys: [pem(first.publicKey)],
    permissions: { contents: "read" },
    installations: [{ account: "misua", repositories: ["misua/guarded"] }],
};
interface Registered {
    id: number;
    installations: { id: number }[];
}
async function put(changes: object = {}): Promise<Registered> {
    return (await github.call("POST", "/_lab/apps", { ...app, ...changes })).at() as Registered;
}
const remoteFor = (token: string): string =>
    `${github.url.replace("://", `://x-access-token:${token}@`)}/misua/guarded.git`;

void test("an App makes a token of its installation, which reads by REST and git, and nothing else", async () => {
    const { id, installations } = await put();
    const path = `/app/installations/${installations[0]?.id ?? 0}/access_tokens`;
    const made = await as(jwt(id), "POST", path);
    assert.deepEqual(
        [made.status, made.at("permissions.contents"), made.at("repository_selection")],
        [201, "read", "selected"],
    );
    const inOneHour = Date.parse(made.text("expires_at")) - Date.now();
    assert.ok(inOneHour > 3500_000 && inOneHour <= 3600_000, made.text("expires_at"));
    const token = made.text("token");
    assert.equal((await as(token, "GET", "/repos/misua/guarded/commits/main")).status, 200);
    assert.equal((await as(token, "GET", "/repos/misua/other")).status, 404);
    assert.ok((await copy.git("ls-remote", remoteFor(token))).ok);
    assert.match((await copy.git("push", remoteFor(token), "main:other")).output, /denied to flux\[bot\]/);
    const fetched = (await github.requests()).filter(({ via, status }) => via === "git-http" && status === 200);
    assert.deepEqual([...new Set(fetched.map((one) => one.as))].at(-1), "flux[bot]");
});

void test("an installation is found by its owner, as what that is", async () => {
    const { id, installations } = await put();
    const found = await as(jwt(id), "GET", "/users/misua/installation");
    assert.deepEqual([found.status, found.at("id"), found.at("app_id")], [200, installations[0]?.id, id]);
    assert.equal((await as(jwt(id), "GET", "/orgs/misua/installation")).status, 404);
});

void test("only what the App itself has signed, for a short time, is taken", async () => {
    const { id, installations } = await put();
    const path = `/app/installations/${installations[0]?.id ?? 0}/access_tokens`;
    const claims = { iss: String(id), iat: now() - 30, exp: now() + 90 };
    for (const [token, status, says] of [
        [signed(claims, second.privateKey), 401, "A JSON web token could not be decoded"],
        [signed(claims, first.privateKey, "none"), 401, "A JSON web token could not be decoded"],
        ["a-valid-token", 401, "A JSON web token could not be decoded"],
        [signed({ ...claims, iss: "999999" }), 404, "Integration not found"],
        [signed({ ...claims, exp: now() - 1 }), 401, "('exp') must be"],
        [signed({ ...claims, exp: now() + 700 }), 401, "('exp') is too far in the future"],
        [signed({ ...claims, iat: now() + 60 }), 401, "('iat') must be"],
    ] as const) {
        const answer = await as(token, "POST", path);
        assert.equal(answer.status, status);
        assert.ok(answer.text("message").includes(says), answer.text("message"));
    }
    assert.equal((await as(jwt(id), "POST", "/app/installations/999999/access_tokens")).status, 404);
    assert.equal((await as(jwt(id), "GET", "/repos/misua/guarded")).status, 401);
});

void test("a key is replaced, and a suspended or removed installation ends its tokens", async () => {
    const { id, installations } = await put();
    const path = `/app/installations/${installations[0]?.id ?? 0}/access_tokens`;
    const token = (await as(jwt(id), "POST", path)).text("token");

    assert.equal((await put({ publicKeys: [pem(second.publicKey)] })).id, id);
    assert.equal((await as(jwt(id), "POST", path)).status, 401);
    assert.equal((await as(token, "GET", "/repos/misua/guarded")).status, 200, "its tokens live on");

    await put({ installations: [{ ...app.installations[0], suspended: true }] });
    assert.equal((await as(token, "GET", "/repos/misua/guarded")).status, 401);
    const suspended = await as(jwt(id), "POST", path);
    assert.deepEqual([suspended.status, suspended.at("message")], [403, "This installation has been suspended"]);

    const again = (await put(), await as(jwt(id), "POST", path)).text("token");
    await put({ installations: [] });
    assert.equal((await as(again, "GET", "/repos/misua/guarded")).status, 401);
    assert.equal((await as(jwt(id), "POST", path)).status, 404);
});

void test("an App that is misspelt is refused", async () => {
    for (const wrong of [
        { slug: "Flux" },
        { publicKeys: ["no key"] },
        { permissions: { content: "read" } },
        { installations: [{ account: "nobody" }] },
        { instalations: [] },
    ]) {
        assert.equal(
            (await github.call("POST", "/_lab/apps", { ...app, ...wrong })).status,
            400,
            JSON.stringify(wrong),
        );
    }
});

void test("a token ends on its day, is told of it, and can be revoked alone", async () => {
    const token = { kind: "fine-grained", permissions: { contents: "read" } };
    const give = (more: object) => github.call("POST", "/_lab/tokens", { ...token, ...more });
    await give({ token: "soon", expiresAt: "2999-12-01T10:00:00Z" });
    const read = await as("soon", "GET", "/repos/misua/guarded");
    assert.equal(read.headers.get("github-authentication-token-expiration"), "2999-12-01 10:00:00 UTC");
    await give({ token: "over", expiresAt: "2020-01-01T00:00:00Z" });
    assert.equal((await as("over", "GET", "/repos/misua/guarded")).status, 401);
    assert.ok(!(await copy.git("ls-remote", remoteFor("over"))).ok);
    await give({ token: "other" });
    await github.call("DELETE", "/_lab/tokens", { token: "soon" });
    assert.equal((await as("soon", "GET", "/repos/misua/guarded")).status, 401);
    assert.equal((await as("other", "GET", "/repos/misua/guarded")).status, 200);
    assert.equal((await give({ token: "x", expiresAt: "tomorrow" })).status, 400);
});
