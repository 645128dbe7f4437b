import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { type Answer, StandIn, type WorkingCopy } from "./harness.ts";

interface Received {
    path: string;
    headers: IncomingHttpHeaders;
    body: string;
}

const github = new StandIn();
const received: Received[] = [];
const receiver = createServer((request, response) => {
    void text(request).then((body) => {
        received.push({ path: request.url ?? "", headers: request.headers, body });
        response.writeHead(request.url === "/refuse" ? 400 : 200).end();
        receiver.emit("received");
    });
});
let copy: WorkingCopy;
before(async () => {
    await github.start();
    copy = await github.repository("hooked");
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const { port } = receiver.address() as AddressInfo;
    await github.call("POST", "/_lab/hosts", { "flux.example.com": `http://127.0.0.1:${port}` });
});
after(async () => {
    receiver.close();
    receiver.closeAllConnections();
    await github.endBlameless();
});

const path = "/repos/misua/hooked/hooks";
const secret = "shared by both";
const config = { url: "https://flux.example.com/hook/1", content_type: "json", insecure_ssl: "0", secret };

async function next(work: () => Promise<unknown>): Promise<Received> {
    const before = received.length;
    await work();
    while (received.length === before) {
        await once(receiver, "received");
    }
    assert.equal(received.length, before + 1);
    const [found] = received.slice(before);
    assert.ok(found);
    return found;
}

const create = async (body: object): Promise<Answer> => {
    const answer = await github.rest("POST", path, { name: "web", active: true, events: ["push"], ...body });
    assert.equal(answer.status, 201, JSON.stringify(answer.at()));
    return answer;
};
const payload = ({ body }: Received) => JSON.parse(body) as Record<string, unknown>;

async function deliveries(id: unknown, count: number): Promise<Record<string, unknown>[]> {
    for (;;) {
        const found = (await github.rest("GET", `${path}/${String(id)}/deliveries`)).at() as Record<string, unknown>[];
        if (found.length >= count) {
            return found;
        }
    }
}

void test("a webhook is pinged, told of pushes with its signature, and shows its secret to nobody", async () => {
    let id: unknown;
    const ping = await next(async () => {
        const made = await create({ config });
        id = made.at("id");
        assert.equal(made.at("config.secret"), "********");
        assert.equal(made.at("last_response.status"), "unused");
    });
    assert.equal(ping.headers["x-github-event"], "ping");
    assert.equal(payload(ping).hook_id, id);
    assert.ok(!ping.body.includes(secret));

    const before = (await copy.git("rev-parse", "HEAD")).output;
    const commit = await copy.commit("second");
    const push = await next(() => copy.git("push", copy.remote, "main"));
    assert.equal(push.path, "/hook/1");
    assert.equal(push.headers.host, "flux.example.com");
    assert.equal(push.headers["x-github-event"], "push");
    const signature = createHmac("sha256", secret).update(push.body).digest("hex");
    assert.equal(push.headers["x-hub-signature-256"], `sha256=${signature}`);
    const said = payload(push);
    assert.deepEqual([said.ref, said.before, said.after, said.created], ["refs/heads/main", before, commit, false]);
    assert.deepEqual(
        (said.commits as { id: string }[]).map((each) => each.id),
        [commit],
    );
    assert.equal((said.repository as { name: string }).name, "hooked");
    assert.equal((said.sender as { login: string }).login, "misua");

    const [last, first] = await deliveries(id, 2);
    assert.deepEqual([last?.event, last?.status, last?.status_code], ["push", "OK", 200]);
    assert.equal(last?.guid, push.headers["x-github-delivery"]);
    assert.equal(first?.event, "ping");
    assert.equal((await github.rest("GET", `${path}/${String(id)}`)).at("last_response.code"), 200);

    const again = await github.rest("POST", path, { config, events: ["push"] });
    assert.deepEqual([again.status, again.at("errors.0.message")], [422, "Hook already exists on this repository"]);

    const moved = { ...config, url: "https://flux.example.com/hook/2", secret: "another" };
    assert.equal((await github.rest("PATCH", `${path}/${String(id)}`, { config: moved })).status, 200);
    const tag = await next(() => copy.git("push", copy.remote, "HEAD:refs/tags/v1"));
    assert.equal(tag.path, "/hook/2");
    const other = createHmac("sha256", "another").update(tag.body).digest("hex");
    assert.equal(tag.headers["x-hub-signature-256"], `sha256=${other}`);
    assert.deepEqual([payload(tag).ref, payload(tag).created, payload(tag).commits], ["refs/tags/v1", true, []]);

    const deleted = await next(() => github.rest("DELETE", "/repos/misua/hooked/git/refs/tags/v1"));
    assert.deepEqual([payload(deleted).deleted, payload(deleted).head_commit], [true, null]);

    assert.equal((await github.rest("DELETE", `${path}/${String(id)}`)).status, 204);
    assert.equal((await github.rest("GET", `${path}/${String(id)}`)).status, 404);
    assert.deepEqual((await github.rest("GET", path)).at(), []);
});

void test("what is refused, and what reaches nobody, is told by the deliveries", async () => {
    const cases: [string, string, number][] = [
        ["https://flux.example.com/refuse", "Invalid HTTP Response: 400", 400],
        ["https://nobody.example.com/", "failed to connect to host", 502],
    ];
    for (const [url, status, code] of cases) {
        const made = await create({ config: { ...config, url } });
        const [ping] = await deliveries(made.at("id"), 1);
        assert.deepEqual([ping?.event, ping?.status, ping?.status_code], ["ping", status, code]);
        await github.rest("DELETE", `${path}/${made.text("id")}`);
    }
});

void test("an inactive webhook hears of no push, and more than three tags at once are none", async () => {
    const made = await create({ config, active: false });
    await deliveries(made.at("id"), 1);
    await copy.git("push", copy.remote, "HEAD:refs/heads/quiet");
    await github.rest("PATCH", `${path}/${made.text("id")}`, { active: true });
    await copy.git("push", copy.remote, ...["a", "b", "c", "d"].map((name) => `HEAD:refs/tags/${name}`));
    const push = await next(() => copy.git("push", copy.remote, "HEAD:refs/heads/loud"));
    assert.equal(payload(push).ref, "refs/heads/loud");
    assert.deepEqual(
        (await deliveries(made.at("id"), 2)).map(({ event }) => event),
        ["push", "ping"],
    );
    await github.rest("DELETE", `${path}/${made.text("id")}`);
});

void test("an organization's repository says whose it is", async () => {
    await github.call("POST", "/_lab/owners", { login: "acme", type: "Organization" });
    await github.rest("POST", "/orgs/acme/repos", { name: "owned" });
    const ping = await next(() => github.rest("POST", "/repos/acme/owned/hooks", { config, events: ["push"] }));
    assert.equal((payload(ping).organization as { login: string }).login, "acme");
    assert.equal((payload(ping).repository as { full_name: string }).full_name, "acme/owned");
});

void test("a repository has at most 20 webhooks for an event", async () => {
    await github.repository("crowded");
    const hooks = "/repos/misua/crowded/hooks";
    const hook = (number: number) => {
        const body = { config: { ...config, url: `https://nobody.example.com/${number}` }, events: ["push"] };
        return github.rest("POST", hooks, body);
    };
    const made = [];
    for (let number = 1; number <= 20; number += 1) {
        made.push(await hook(number));
    }
    assert.deepEqual([...new Set(made.map(({ status }) => status))], [201]);
    const refused = await hook(21);
    const says = 'The "push" event cannot have more than 20 hooks';
    assert.deepEqual([refused.status, refused.at("errors.0.message")], [422, says]);
    await github.rest("DELETE", `${hooks}/${made[0]?.text("id") ?? ""}`);
    assert.equal((await hook(21)).status, 201);
});

void test("addresses that GitHub does not send to are refused", async () => {
    for (const [url, says] of [
        ["http://localhost:1/hook", /isn't reachable over the public Internet \(localhost\)/],
        ["https://127.0.0.1/hook", /isn't reachable over the public Internet/],
        ["ftp://flux.example.com/hook", /not valid/],
    ] as const) {
        const answer = await github.rest("POST", path, { config: { ...config, url } });
        assert.equal(answer.status, 422);
        assert.match(answer.text("errors.0.message"), says);
    }
});

void test("webhooks are for administrators with the permission", async () => {
    const give = (token: object) => github.call("POST", "/_lab/tokens", token);
    const as = (token: string, method: string, body?: object) =>
        github.rest(method, path, body, { authorization: `Bearer ${token}` });
    await give({ token: "other", kind: "fine-grained", permissions: { administration: "write" } });
    await give({ token: "reader", kind: "fine-grained", permissions: { repository_hooks: "read" } });
    await give({ token: "writer", kind: "classic", login: "dev", scopes: ["repo"] });
    const refused = await as("other", "GET");
    assert.deepEqual(
        [refused.status, refused.headers.get("x-accepted-github-permissions")],
        [403, "repository_hooks=read"],
    );
    assert.equal((await as("reader", "GET")).status, 200);
    assert.equal((await as("reader", "POST", { config })).status, 403);
    assert.equal((await as("writer", "GET")).status, 404);
});
