import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, createServer as createTcp, type Server as TcpServer } from "node:net";
import type { TLSSocket } from "node:tls";

import type { Certificate } from "./tls";

/** A request as an API server sees it: who asks, and how it came. */
export interface Seen {
    readonly path: string;
    readonly authorization?: string;
    /** The headers of impersonation, by their names in lower case. */
    readonly as?: Readonly<Record<string, string>>;
    /** The common name of the client's certificate. */
    readonly client?: string;
    /** The server's name that the client asked for in the TLS handshake. */
    readonly servername?: string;
}

/** A server that notes each request, and what it answers. */
export interface Noting {
    readonly port: number;
    readonly seen: Seen[];
    /** The statuses of the next answers; 200 if it is empty. */
    readonly statuses: number[];
    close(): Promise<void>;
}

export function secureServer(server: Certificate, authority: Certificate): Promise<Noting> {
    const tls = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
    return noting((handle) => createHttps(tls, handle));
}

export function plainServer(): Promise<Noting> {
    return noting((handle) => createHttp(handle));
}

async function noting(create: (handle: (message: IncomingMessage, response: ServerResponse) => void) => Server) {
    const seen: Seen[] = [];
    const statuses: number[] = [];
    const server = create((message, response) => {
        seen.push(seenIn(message));
        response.writeHead(statuses.shift() ?? 200, { "content-type": "application/json" });
        response.end(JSON.stringify({ gitVersion: "v1.33.0" }));
    });
    return { port: await listen(server), seen, statuses, close: () => close(server) };
}

function seenIn({ url = "", headers, rawHeaders, socket }: IncomingMessage): Seen {
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    const as = names
        .filter((name) => name.startsWith("impersonate-"))
        .map((name) => [name, String(headers[name])] as const);
    const secure = socket as Partial<TLSSocket>;
    const client = (secure.getPeerCertificate?.() as { subject?: { CN?: unknown } } | undefined)?.subject?.CN;
    return {
        path: url,
        ...(headers.authorization !== undefined && { authorization: headers.authorization }),
        ...(as.length > 0 && { as: Object.fromEntries(as) }),
        ...(typeof client === "string" && { client }),
        ...(typeof secure.servername === "string" && { servername: secure.servername }),
    };
}

/** A proxy that tunnels every connection to one port of this machine, and notes where it should have gone. */
export async function tunnelTo(port: number): Promise<{ port: number; asked: string[]; close(): Promise<void> }> {
    const asked: string[] = [];
    const proxy = createHttp();
    proxy.on("connect", ({ url = "" }: IncomingMessage, client) => {
        asked.push(url);
        const upstream = connect(port, "127.0.0.1", () => {
            client.write("HTTP/1.1 200 OK\r\n\r\n");
            upstream.pipe(client).pipe(upstream);
        });
        upstream.on("error", () => client.destroy());
        client.on("error", () => upstream.destroy());
    });
    return { port: await listen(proxy), asked, close: () => close(proxy) };
}

/** A SOCKS5 proxy that does the same. https://www.rfc-editor.org/rfc/rfc1928 */
export async function socksTo(port: number): Promise<{ port: number; asked: string[]; close(): Promise<void> }> {
    const asked: string[] = [];
    const proxy = createTcp((client) => {
        client.on("error", () => client.destroy());
        client.once("data", () => {
            client.write(Buffer.from([5, 0]));
            client.once("data", (request: Buffer) => {
                // The name of the host, with its length before it: the proxy resolves it.
                const end = 5 + (request[4] ?? 0);
                asked.push(`${request.subarray(5, end).toString()}:${request.readUInt16BE(end)}`);
                const upstream = connect(port, "127.0.0.1", () => {
                    client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
                    upstream.pipe(client).pipe(upstream);
                });
                upstream.on("error", () => client.destroy());
            });
        });
    });
    return { port: await listen(proxy), asked, close: () => close(proxy) };
}

function listen(server: TcpServer): Promise<number> {
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
            resolve((server.address() as AddressInfo).port);
        });
    });
}

function close(server: TcpServer & { closeAllConnections?: () => void }): Promise<void> {
    server.closeAllConnections?.();
    return new Promise((resolve) => {
        server.close(() => {
            resolve();
        });
    });
}
