import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { gitEnvironment } from "../git/repository.ts";
import { type Exchange, finish, later, record } from "../exchange.ts";
import { tokenOf } from "../auth.ts";
import type { Repository, Token } from "../store.ts";
import { allows, sees } from "../tokens.ts";
import { hookEnvironment, watchRefs } from "./hook.ts";

interface Service {
    owner: string;
    name: string;
    /** git-upload-pack or git-receive-pack. */
    operation: string;
    /** The path behind the repository. */
    rest: string;
}

/** What git asks for over HTTP; undefined where the address is not one of git's. */
export function gitService(url: URL): Service | undefined {
    const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname);
    const [, owner = "", name = "", rest = ""] = match ?? [];
    const operation = rest === "info/refs" ? (url.searchParams.get("service") ?? "") : rest;
    return match === null || !/^git-(upload|receive)-pack$/.test(operation)
        ? undefined
        : { owner, name, operation, rest };
}

/** Git's smart HTTP, through git's own CGI program. */
export async function serveGit(exchange: Exchange): Promise<void> {
    const { lab, url, credentials, request } = exchange;
    const service = gitService(url);
    if (service === undefined) {
        throw new Error(`${url.pathname} is not an address of git's`);
    }
    const { operation } = service;
    // Asking what a push could start from changes nothing yet.
    const kind = request.method === "POST" && operation === "git-receive-pack" ? "write" : "read";
    const repository = lab.store.repository(service.owner, service.name);
    const token = tokenOf(credentials);
    const hidden = repository === undefined || repository.visibility === "private" || operation === "git-receive-pack";
    if (credentials === "invalid" || (credentials === "none" && hidden)) {
        const why = credentials === "invalid" ? "Invalid username or token." : "No anonymous write access.";
        const headers = { "www-authenticate": 'Basic realm="GitHub"' };
        finish(exchange, "git-http", { operation, status: 401, body: why, headers }, kind);
    } else if (repository === undefined || !sees(token, repository)) {
        finish(exchange, "git-http", { operation, status: 404, body: "Repository not found." }, kind);
    } else if (!allows(token, operation === "git-receive-pack" ? "contents=write" : "contents=read", repository)) {
        finish(exchange, "git-http", { operation, status: 403, body: denied(operation, repository, token) }, kind);
    } else if (repository.settings.archived === true && operation === "git-receive-pack") {
        const body = "This repository was archived so it is read-only.";
        finish(exchange, "git-http", { operation, status: 403, body }, kind);
    } else {
        const pushed = kind === "write" ? await watchRefs(lab, repository, token?.login ?? null) : undefined;
        if (await run(exchange, repository, service)) {
            await pushed?.();
            exchange.response.end();
        }
    }
}

/** GitHub's words for a token without the permission; to a fetch as well as to a push they speak of writing. */
function denied(operation: string, repository: Repository, token: Token | undefined): string {
    return operation === "git-receive-pack"
        ? `Permission to ${repository.owner}/${repository.name}.git denied to ${token?.login ?? ""}.`
        : "Write access to repository not granted.";
}

/** Whether there was an answer to the end, which is then still to be ended. */
async function run(exchange: Exchange, repository: Repository, service: Service): Promise<boolean> {
    const { lab, request, response, url, credentials, fault } = exchange;
    const token = tokenOf(credentials);
    const backend = spawn("git", ["http-backend"], {
        stdio: ["pipe", "pipe", "inherit"],
        env: {
            PATH: process.env.PATH,
            ...gitEnvironment,
            ...hookEnvironment(lab, repository, token),
            GIT_PROJECT_ROOT: lab.store.gitDirectory(repository),
            GIT_HTTP_EXPORT_ALL: "1",
            PATH_INFO: `/${service.rest}`,
            REQUEST_METHOD: request.method,
            QUERY_STRING: url.search.slice(1),
            CONTENT_TYPE: request.headers["content-type"] ?? "",
            HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
            ...(request.headers["content-length"] === undefined
                ? {}
                : { CONTENT_LENGTH: request.headers["content-length"] }),
            GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
            REMOTE_ADDR: "127.0.0.1",
            ...(token === undefined ? {} : { REMOTE_USER: token.login }),
        },
    });
    response.on("close", () => backend.kill());
    // A client that goes away, or a backend that needs no more, ends this half; the other half tells what happened.
    const sent = pipeline(request, backend.stdin).catch(() => undefined);
    let head = Buffer.alloc(0);
    let left = fault?.truncateBytes ?? Infinity;
    for await (const chunk of backend.stdout as AsyncIterable<Buffer>) {
        let body = chunk;
        if (!response.headersSent) {
            head = Buffer.concat([head, chunk]);
            const end = head.indexOf("\r\n\r\n");
            if (end === -1) {
                continue;
            }
            body = head.subarray(end + 4);
            // A push is over when its answer begins.
            if (fault?.answerDelayMs !== undefined) {
                await later(fault);
            }
            begin(exchange, service, head.subarray(0, end).toString());
        }
        response.write(body.subarray(0, left));
        left -= body.length;
        if (left < 0) {
            backend.kill();
            response.destroy();
            return false;
        }
    }
    await sent;
    return true;
}

function begin(exchange: Exchange, service: Service, head: string): void {
    const headers = head.split("\r\n").map((line) => line.split(/: ?(.*)/, 2) as [string, string]);
    const status = Number(headers.find(([name]) => name.toLowerCase() === "status")?.[1].slice(0, 3) ?? 200);
    const kind = service.rest === "git-receive-pack" ? "write" : "read";
    record(exchange, "git-http", { operation: service.operation, status, kind });
    exchange.response.writeHead(
        status,
        Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== "status")),
    );
}
