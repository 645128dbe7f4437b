import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { credentialsOf } from "./auth.ts";
import { answerControl } from "./control.ts";
import { finish, interfere, send } from "./exchange.ts";
import { answerGraphQL } from "./graphql/answer.ts";
import type { Lab, Via } from "./lab.ts";
import type { Reply } from "./reply.ts";
import { answerRest } from "./rest/router.ts";
import { serveGit, gitService } from "./transport/http.ts";

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
    // What has arrived whole GitHub carries out, also for a client that goes away meanwhile. Git's own bodies are streams.
    const body = via === "git-http" ? "" : await text(request);
    const fault = lab.strike(method, url.pathname + url.search, via);
    const credentials = credentialsOf(request.headers, lab.tokens, fault?.expireToken === true);
    const exchange = { lab, request, response, url, credentials, fault, body };
    if (await interfere(exchange, via)) {
        return;
    }
    if (via === "git-http") {
        await serveGit(exchange);
    } else if (via === "graphql") {
        const reply = await answerGraphQL(lab, body, credentials);
        finish(exchange, via, reply, reply.kind);
    } else {
        // A GitHub Enterprise Server has no REST elsewhere; the route is unknown then.
        const path = url.pathname.startsWith("/api/v3/")
            ? url.pathname.slice("/api/v3".length)
            : `/outside${url.pathname}`;
        const call = { method, path, query: url.searchParams, headers: request.headers, credentials, body };
        const reply = await answerRest(lab, call);
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
