import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { Credentials } from "./auth.ts";
import type { Fault, Lab, Via } from "./lab.ts";
import type { Reply } from "./reply.ts";

/** One request on its way through: what a fault does to it and how it is remembered do not depend on what serves it. */
export interface Exchange {
    lab: Lab;
    request: IncomingMessage;
    response: ServerResponse;
    url: URL;
    credentials: Credentials;
    fault: Fault | undefined;
    /** Empty for git, whose bodies are streams. */
    body: string;
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

/** Sends an answer, later or cut short if a fault says so, and remembers the request. */
export function finish(
    exchange: Exchange,
    via: Via,
    reply: Reply & { operation: string },
    kind?: "read" | "write",
): void {
    const { response, fault } = exchange;
    record(exchange, via, {
        operation: reply.operation,
        status: reply.status,
        ...(kind === undefined ? {} : { kind }),
    });
    if (fault?.answerDelayMs === undefined) {
        send(response, reply, fault?.truncateBytes);
    } else {
        void later(fault).then(() => {
            send(response, reply, fault.truncateBytes);
        });
    }
}

/** What was asked is done: the rest of the world may know, and only who asked does not yet. */
export async function later(fault: Fault): Promise<void> {
    fault.done += 1;
    await setTimeout(fault.answerDelayMs);
}

export function record(
    exchange: Exchange,
    via: Via,
    outcome: { operation: string; status: number; kind?: "read" | "write" },
): void {
    const { lab, request, url, credentials, body } = exchange;
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
        authenticated: typeof credentials === "object",
        as: typeof credentials === "object" ? credentials.login : null,
        ...(body === "" ? {} : { body }),
    });
}

export function send(response: ServerResponse, reply: Reply, truncateBytes?: number): void {
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
