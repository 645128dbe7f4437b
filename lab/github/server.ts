import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { type Credentials, credentialsOf } from "./auth.ts";
import { answerControl } from "./control.ts";
import { answerGraphQL } from "./graphql/answer.ts";
import type { Fault, Lab, Via } from "./lab.ts";
import type { Reply } from "./reply.ts";
import { answerRest } from "./rest/router.ts";
import { serveGit, gitService } from "./transport/http.ts";

/** One request on its way through: what a fault does to it and how it is remembered do not depend on what serves it. */
export interface Exchange {
    lab: Lab;
    request: IncomingMessage;
    response: ServerResponse;
    url: URL;
    credentials: Credentials;
    fault: Fault | undefined;
}

export function gitHubServer(lab: Lab): Server {
    return createServer((request, response) => {
        route(lab, request, response).catch((error: unknown) => {
            lab.blame(
                request.method ?? "",
                request.url ?? "",
                error instanceof Error ? (error.stack ?? error.message) : String(error),
            );
            if (response.headersSent) {
                response.destroy();
            } else {
                send(response, { status: 500, body: { message: String(error) } });
            }
        });
    });
}

async function route(lab: Lab, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "http://github");
    if (url.pathname.startsWith("/_lab/")) {
        const body = await text(request);
        send(response, control(lab, method, url.pathname, body));
        return;
    }
    const via = viaOf(url.pathname, url);
    const fault = lab.strike(method, url.pathname + url.search, via);
    const credentials = credentialsOf(request.headers, lab.token, fault?.expireToken === true);
    const exchange = { lab, request, response, url, credentials, fault };
    if (await interfere(exchange, via)) {
        return;
    }
    if (via === "git-http") {
        await serveGit(exchange);
    } else if (via === "graphql") {
        const reply = await answerGraphQL(lab, await text(request), credentials);
        finish(exchange, via, reply, reply.kind);
    } else {
        const path = url.pathname.replace(/^\/api\/v3/, "");
        const query = { method, path, query: url.searchParams, headers: request.headers, credentials };
        const reply = await answerRest(lab, { ...query, body: await text(request) });
        finish(exchange, via, reply);
    }
}

function control(lab: Lab, method: string, path: string, body: string): Reply {
    try {
        return answerControl(lab, method, path, body);
    } catch (error) {
        return { status: 400, body: { message: error instanceof Error ? error.message : String(error) } };
    }
}

function viaOf(path: string, url: URL): Via {
    if (path === "/api/graphql") {
        return "graphql";
    }
    return gitService(url) === undefined ? "rest" : "git-http";
}

/** Does what a fault asks for instead of an answer; true if that was all. */
export async function interfere(exchange: Exchange, via: Via): Promise<boolean> {
    const { fault, response } = exchange;
    if (fault?.delayMs !== undefined) {
        await setTimeout(fault.delayMs);
    }
    if (fault?.drop === true) {
        record(exchange, via, { operation: "dropped", status: 0 });
        response.destroy();
        return true;
    }
    if (fault?.status === undefined) {
        return false;
    }
    const message = STATUS_CODES[fault.status] ?? "";
    const reply = { status: fault.status, body: fault.body ?? { message }, headers: fault.headers ?? {} };
    finish(exchange, via, { ...reply, operation: "fault" });
    return true;
}

/** Sends an answer, cut short if a fault says so, and remembers the request. */
export function finish(
    exchange: Exchange,
    via: Via,
    reply: Reply & { operation: string },
    kind?: "read" | "write",
): void {
    record(exchange, via, {
        operation: reply.operation,
        status: reply.status,
        ...(kind === undefined ? {} : { kind }),
    });
    send(exchange.response, reply, exchange.fault?.truncateBytes);
}

export function record(
    exchange: Exchange,
    via: Via,
    outcome: { operation: string; status: number; kind?: "read" | "write" },
): void {
    const { lab, request, url, credentials } = exchange;
    const method = request.method ?? "GET";
    const kind = outcome.kind ?? (["GET", "HEAD"].includes(method) ? "read" : "write");
    const at = new Date().toISOString();
    const path = url.pathname + url.search;
    lab.record({
        at,
        method,
        path,
        kind,
        operation: outcome.operation,
        status: outcome.status,
        via,
        authenticated: credentials === "valid",
    });
}

function send(response: ServerResponse, reply: Reply, truncateBytes?: number): void {
    const json =
        typeof reply.body === "string" || Buffer.isBuffer(reply.body) ? reply.body : JSON.stringify(reply.body);
    const content = reply.body === undefined ? Buffer.alloc(0) : Buffer.from(json);
    const type = typeof reply.body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
    const bodiless = reply.status === 204 || reply.status === 304;
    response.writeHead(reply.status, {
        ...(bodiless ? {} : { "content-type": type, "content-length": String(content.length) }),
        ...reply.headers,
    });
    if (truncateBytes === undefined || bodiless) {
        response.end(bodiless ? undefined : content);
        return;
    }
    // The length promised is the whole, so that the cut is a broken transfer and not a short file.
    response.write(content.subarray(0, truncateBytes), () => {
        response.destroy();
    });
}
