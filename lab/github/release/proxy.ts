import { createServer, request, type Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { releaseHosts } from "./downloads.ts";

/** A proxy that leads GitHub's release hosts to the stand-in and everything else where it went before. */
export function proxyServer(releases: SecureServer): Server {
    const server = createServer((_request, response) => {
        response.writeHead(501).end("this proxy serves CONNECT alone\n");
    });
    server.on("connect", (asked, socket, head) => {
        // Either side may hang up at any time; the other side's end follows from it.
        socket.on("error", () => undefined);
        const target = URL.parse(`http://${asked.url ?? ""}`);
        if (target === null) {
            refuse(socket, new Error(`${asked.url ?? "nothing"} is no host and port`));
            return;
        }
        const { hostname, port } = target;
        if ((releaseHosts as readonly string[]).includes(hostname)) {
            established(socket);
            socket.unshift(head);
            releases.emit("connection", socket);
        } else {
            tunnel(socket, head, { host: hostname, port: Number(port || 80) });
        }
    });
    return server;
}

interface Target {
    host: string;
    port: number;
}

function tunnel(client: Duplex, head: Buffer, target: Target): void {
    const upstream = upstreamFor(target.host);
    if (upstream === undefined) {
        const far = connect(target.port, target.host, () => {
            join(client, far, head);
        });
        far.on("error", (error) => {
            refuse(client, error);
        });
        return;
    }
    const credentials = `${decodeURIComponent(upstream.username)}:${decodeURIComponent(upstream.password)}`;
    const asked = request({
        host: upstream.hostname,
        port: upstream.port || 80,
        method: "CONNECT",
        path: `${target.host}:${target.port}`,
        headers:
            credentials === ":"
                ? {}
                : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` },
    });
    asked.on("connect", (answer, far, rest) => {
        if (answer.statusCode === 200) {
            far.unshift(rest);
            join(client, far, head);
        } else {
            refuse(client, new Error(`the proxy before this one answered ${answer.statusCode ?? "nothing"}`));
        }
    });
    asked.on("error", (error) => {
        refuse(client, error);
    });
    asked.end();
}

/** The proxy this process was started behind, unless the host is one to be reached directly. */
function upstreamFor(host: string): URL | undefined {
    const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy ?? "";
    const direct = (process.env.NO_PROXY ?? process.env.no_proxy ?? "").split(",").map((one) => one.trim());
    const excepted = direct.some(
        (one) => one === "*" || (one !== "" && `.${host}`.endsWith(`.${one.replace(/^\*?\./, "")}`)),
    );
    return proxy === "" || excepted ? undefined : new URL(proxy);
}

function established(socket: Duplex): void {
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
}

function join(client: Duplex, far: Duplex, head: Buffer): void {
    established(client);
    far.write(head);
    far.on("error", () => client.destroy());
    client.on("close", () => far.destroy());
    client.pipe(far);
    far.pipe(client);
}

function refuse(client: Duplex, error: Error): void {
    client.end(`HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\n\r\n${error.message}\n`);
}
