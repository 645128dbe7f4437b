import { createHash, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Credentials, tokenOf } from "../auth.ts";
import type { Lab } from "../lab.ts";
import { findRoute, type Operation, requestProblems, responseProblems } from "../openapi.ts";
import { GitHubError, type Members, NotServedError, type Reply } from "../reply.ts";
import { tokenHeaders } from "../tokens.ts";
import { appOf, apps } from "./apps.ts";
import { type Call, type Handlers, repositoryOf } from "./call.ts";
import { commits } from "./commits.ts";
import { compare } from "./compare.ts";
import { contents } from "./contents.ts";
import { database } from "./database.ts";
import { issues } from "./issues.ts";
import { keys } from "./keys.ts";
import { meta } from "./meta.ts";
import { authorize, permissionFor } from "./permissions.ts";
import { pulls } from "./pulls.ts";
import { refs } from "./refs.ts";
import { repositories } from "./repositories.ts";
import { rulesets } from "./rulesets.ts";
import { statuses } from "./statuses.ts";
import { users } from "./users.ts";
import { webhooks } from "./webhooks.ts";

const handlers: Handlers = {
    ...commits,
    ...compare,
    ...contents,
    ...database,
    ...issues,
    ...keys,
    ...meta,
    ...pulls,
    ...refs,
    ...repositories,
    ...rulesets,
    ...statuses,
    ...users,
    ...webhooks,
};

export interface RestRequest {
    method: string;
    /** Without /api/v3. */
    path: string;
    query: URLSearchParams;
    headers: IncomingHttpHeaders;
    body: string;
    credentials: Credentials;
}

export interface RestReply extends Reply {
    operation: string;
}

/** GitHub's REST API: what is asked and what is answered both have to be what GitHub's own description allows. */
export async function answerRest(lab: Lab, request: RestRequest): Promise<RestReply> {
    const route = findRoute(request.method === "HEAD" ? "GET" : request.method, request.path);
    if (route === undefined) {
        const message = "the stand-in does not serve this route";
        lab.blame(request.method, request.path, message);
        return { operation: "unknown", status: 501, body: { message: `Not Implemented: ${message}` } };
    }
    const { operation, parameters } = route;
    const resource = tokenOf(request.credentials) === undefined ? "anonymous" : "core";
    const reply = await answer(lab, request, operation, parameters).catch((error: unknown) => {
        if (error instanceof GitHubError) {
            return error.reply(operation.documentation);
        }
        const served = !(error instanceof NotServedError);
        const message = error instanceof Error ? error.message : String(error);
        lab.blame(request.method, request.path, served ? message : `the stand-in does not serve ${message}`);
        return { status: served ? 500 : 501, body: { message: served ? message : `Not Implemented: ${message}` } };
    });
    const finished = conditional(checked(lab, request, operation, reply), request);
    if (finished.status !== 304) {
        lab.limits.count(resource);
    }
    const token = tokenOf(request.credentials);
    const told =
        token === undefined
            ? {}
            : tokenHeaders(token, operation.id, permissionFor(operation.id), lab.store.tokenExpiresAt);
    const common = {
        "x-github-media-type": "github.v3; format=json",
        "x-github-request-id": randomUUID().toUpperCase(),
    };
    const headers = { ...common, ...lab.limits.headers(resource), ...told };
    return { ...finished, operation: operation.id, headers: { ...headers, ...finished.headers } };
}

async function answer(
    lab: Lab,
    request: RestRequest,
    operation: Operation,
    parameters: Record<string, string>,
): Promise<Reply> {
    const { [operation.id]: ofApp } = apps;
    if (request.credentials === "invalid" && ofApp === undefined) {
        throw new GitHubError(401, "Bad credentials");
    }
    const anonymous = request.credentials === "none";
    if (lab.limits.now(anonymous ? "anonymous" : "core").remaining === 0 && operation.id !== "rate-limit/get") {
        throw new GitHubError(403, "API rate limit exceeded");
    }
    const token = tokenOf(request.credentials);
    const viewer = token === undefined ? undefined : lab.store.owner(token.login);
    const url = lab.api + request.path;
    const call: Call = { lab, parameters, query: request.query, token, viewer, body: {}, headers: {}, url };
    if (ofApp !== undefined) {
        // An App's own requests are signed; a token of any kind is none of it.
        const app = appOf(lab, request.headers);
        // GitHub's own client for Go says null where it has nothing to ask for.
        const body = request.body.trim() === "null" ? "" : request.body;
        return ofApp({ ...call, body: checkedBody(lab, { ...request, body }, operation) }, app);
    }
    const writes = !["GET", "HEAD"].includes(request.method);
    const repository = "repo" in parameters ? repositoryOf(call) : undefined;
    if (writes && anonymous) {
        throw new GitHubError(401, "Requires authentication");
    }
    if (token !== undefined) {
        authorize(token, operation.id, repository);
    }
    if (writes && repository?.settings.archived === true && !/^repos\/(update|delete)$/.test(operation.id)) {
        throw new GitHubError(403, "Repository was archived so is read-only.");
    }
    call.body = checkedBody(lab, request, operation);
    const handler = handlers[operation.id];
    if (handler === undefined) {
        throw new NotServedError(operation.id);
    }
    const reply = await handler(call);
    return { ...reply, headers: { ...call.headers, ...reply.headers } };
}

function checkedBody(lab: Lab, request: RestRequest, operation: Operation): Members {
    const body = parsed(request.body);
    const problems = requestProblems(operation, body);
    if (problems.length > 0) {
        lab.blame(request.method, request.path, `request body: ${problems.join(" ")}`);
        throw new GitHubError(422, `Invalid request.\n\n${problems.join("\n")}`);
    }
    return body;
}

function parsed(text: string): Members {
    if (text === "") {
        return {};
    }
    let body: unknown;
    try {
        body = JSON.parse(text);
    } catch {
        throw new GitHubError(400, "Problems parsing JSON");
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
        throw new GitHubError(400, "Body should be a JSON object");
    }
    return body as Members;
}

/** The stand-in's answer, or, where GitHub would never answer so, an error that a test cannot miss. */
function checked(lab: Lab, request: RestRequest, operation: Operation, reply: Reply): Reply {
    const problems = reply.status < 500 ? responseProblems(operation, reply.status, reply.body) : [];
    if (problems.length === 0) {
        return reply;
    }
    lab.blame(request.method, request.path, `response: ${problems.join("; ")}`);
    return { status: 500, body: { message: `The stand-in's answer is not GitHub's: ${problems.join("; ")}` } };
}

function conditional(reply: Reply, request: RestRequest): Reply {
    if (!["GET", "HEAD"].includes(request.method) || reply.status !== 200) {
        return reply;
    }
    const etag = `W/"${createHash("sha256").update(JSON.stringify(reply.body)).digest("hex")}"`;
    const headers = { etag, "cache-control": "private, max-age=60, s-maxage=60", ...reply.headers };
    const known = (request.headers["if-none-match"] ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
    return known.includes(etag.slice(2)) ? { status: 304, headers } : { ...reply, headers };
}
