import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { join } from "node:path";

import { scratchFolder } from "./scratch";
import { certificates } from "./tls";

/** A certificate for hosts, signed by an authority that nobody trusts. */
export interface Certificate {
    /** The file with the authority's own certificate. */
    readonly authority: string;
    readonly key: string;
    readonly cert: string;
}

export async function certificateFor(...hosts: readonly string[]): Promise<Certificate> {
    const { authority, server } = await certificates(hosts);
    const file = join(scratchFolder(), "ca.pem");
    writeFileSync(file, authority.cert);
    return { authority: file, ...server };
}

/** A server of the test, and how to end it. */
export interface Served {
    readonly port: number;
    close(): void;
}

export async function secureServer(certificate: Certificate, answer: RequestListener): Promise<Served> {
    return served(createSecureServer(certificate, answer));
}

export interface ProxyServer extends Served {
    /** What it was asked for, such as `CONNECT github.test:443` or `GET http://github.test/`. */
    readonly asked: string[];
}

/** A proxy that leads every host to one server. With a password it asks for it, and `refuses` is its answer otherwise. */
export async function proxyServer(
    leadsTo: Served,
    { password, refuses }: { readonly password?: string; readonly refuses?: number } = {},
): Promise<ProxyServer> {
    const asked: string[] = [];
    const isAllowed = ({ headers }: IncomingMessage) =>
        password === undefined ||
        headers["proxy-authorization"] === `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
    const server = createServer((request, response) => {
        asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
        response.end("by the proxy");
    });
    server.on("connect", (request, client) => {
        asked.push(`CONNECT ${request.url ?? ""}`);
        const status = isAllowed(request) ? refuses : 407;
        if (status !== undefined) {
            client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
            return;
        }
        const target = connect(leadsTo.port, "127.0.0.1", () => {
            client.write("HTTP/1.1 200 OK\r\n\r\n");
            target.pipe(client).pipe(target);
        });
        for (const end of [client, target]) {
            end.on("error", () => client.destroy());
        }
    });
    return { ...(await served(server)), asked };
}

async function served(server: Server & { closeAllConnections?: () => void }): Promise<Served> {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const close = () => {
        server.close();
        server.closeAllConnections?.();
    };
    return { port, close };
}

/** Git over HTTP for the repositories in a folder, by git's own server. */
export function gitBackend(folder: string): RequestListener {
    return (request, response) => {
        const { pathname, search } = new URL(request.url ?? "", "http://git.test");
        const env = {
            ...{ PATH: process.env.PATH, GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: "test" },
            ...{ PATH_INFO: pathname, QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method },
            ...{ CONTENT_TYPE: request.headers["content-type"], CONTENT_LENGTH: request.headers["content-length"] },
        };
        const child = spawn("git", ["http-backend"], { env });
        request.pipe(child.stdin);
        const parts: Buffer[] = [];
        child.stdout.on("data", (part: Buffer) => parts.push(part));
        child.on("close", () => {
            const all = Buffer.concat(parts);
            const end = all.indexOf("\r\n\r\n");
            const headers = all.subarray(0, end).toString().split("\r\n");
            for (const header of headers) {
                const [name = "", value = ""] = header.split(": ");
                if (name === "Status") {
                    response.statusCode = Number.parseInt(value, 10);
                } else {
                    response.setHeader(name, value);
                }
            }
            response.end(all.subarray(end + 4));
        });
    };
}
