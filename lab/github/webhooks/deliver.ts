import { createHmac, randomUUID } from "node:crypto";
import { request } from "node:http";
import type { Lab } from "../lab.ts";
import { payloadProblems } from "../openapi.ts";
import { now } from "../pulls.ts";
import type { Members } from "../reply.ts";
import type { Delivery, Repository, Webhook } from "../store.ts";
import { represent } from "./represent.ts";
import { common, pushPayload, type RefMove } from "./payload.ts";

/** Sends what was pushed to the repository's webhooks. Nobody waits for it, as nobody waits for GitHub's. */
export function deliverPush(lab: Lab, repository: Repository, by: string | null, moves: readonly RefMove[]): void {
    const tags = moves.filter(({ ref }) => ref.startsWith("refs/tags/"));
    // More than three tags at once are no event: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    const told = tags.length > 3 ? moves.filter((move) => !tags.includes(move)) : moves;
    const webhooks = repository.webhooks.filter(({ active, events }) => active && events.includes("push"));
    for (const move of webhooks.length > 0 ? told : []) {
        const payload = pushPayload(lab, repository, by, move);
        for (const webhook of webhooks) {
            void payload.then((body) => deliver(lab, webhook, "push", body)).catch(blame(lab, webhook));
        }
    }
}

export function deliverPing(lab: Lab, repository: Repository, by: string | null, webhook: Webhook): void {
    const hook = represent(lab, repository, webhook);
    const payload = { zen: "Keep it logically awesome.", hook_id: webhook.id, hook, ...common(lab, repository, by) };
    void deliver(lab, webhook, "ping", payload).catch(blame(lab, webhook));
}

function blame(lab: Lab, { id }: Webhook): (error: unknown) => void {
    return (error) => {
        lab.blame("POST", `webhook ${id}`, error instanceof Error ? (error.stack ?? error.message) : String(error));
    };
}

async function deliver(lab: Lab, webhook: Webhook, event: string, payload: Members): Promise<void> {
    const problems = payloadProblems(event, payload);
    if (problems.length > 0) {
        lab.blame("POST", `webhook ${webhook.id}`, `the payload is not GitHub's: ${problems.join("; ")}`);
    }
    const start = performance.now();
    const delivered = now();
    const guid = randomUUID();
    const outcome = await send(lab, webhook, { event, guid, body: JSON.stringify(payload) });
    const delivery: Delivery = {
        id: lab.store.nextId(),
        guid,
        event,
        deliveredAt: delivered,
        seconds: Math.round(performance.now() - start) / 1000,
        ...outcome,
    };
    webhook.deliveries.unshift(delivery);
    const succeeded = outcome.code >= 200 && outcome.code < 300;
    webhook.lastResponse = { code: outcome.code, status: succeeded ? "active" : "missing", message: outcome.status };
    lab.store.save();
}

interface Message {
    event: string;
    guid: string;
    body: string;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers */
function send(lab: Lab, webhook: Webhook, message: Message): Promise<{ code: number; status: string }> {
    const { config } = webhook;
    const url = new URL(config.url);
    // What DNS and whatever ends TLS in front of the cluster would be.
    const front = lab.store.hosts[url.hostname];
    if (front === undefined) {
        return Promise.resolve({ code: 502, status: "failed to connect to host" });
    }
    const signed = (algorithm: string, secret: string): string =>
        `${algorithm}=${createHmac(algorithm, secret).update(message.body).digest("hex")}`;
    const headers = {
        host: url.host,
        accept: "*/*",
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(message.body)),
        "user-agent": "GitHub-Hookshot/lab",
        "x-github-delivery": message.guid,
        "x-github-event": message.event,
        "x-github-hook-id": String(webhook.id),
        "x-github-hook-installation-target-type": "repository",
        ...(config.secret === undefined
            ? {}
            : {
                  "x-hub-signature": signed("sha1", config.secret),
                  "x-hub-signature-256": signed("sha256", config.secret),
              }),
    };
    return new Promise((resolve) => {
        const sent = request(new URL(url.pathname + url.search, front), { method: "POST", headers, timeout: 10_000 });
        sent.on("response", (response) => {
            const code = response.statusCode ?? 0;
            response.resume();
            resolve({ code, status: code >= 200 && code < 300 ? "OK" : `Invalid HTTP Response: ${code}` });
        });
        sent.on("timeout", () => {
            resolve({ code: 504, status: "timed out" });
            sent.destroy();
        });
        sent.on("error", () => {
            resolve({ code: 502, status: "failed to connect to host" });
        });
        sent.end(message.body);
    });
}
