import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

import { isUntrusted } from "../domain/networkErrors";
import { isUnknownToGo, proxyFor } from "../domain/proxy";
import { trusting } from "./outside";
import { type KubeContext, kubeContext } from "./kubeconfig";
import { KubeconfigError } from "./kubeconfigFiles";
import { credentialsOf } from "./userCredentials";

/** A request to an API server. */
export interface Request {
    readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: object;
    /** The format of the body. The default is JSON. */
    readonly contentType?: string;
    readonly accept?: string;
}

export interface Answer {
    readonly status: number;
    readonly text: string;
}

/** Sends one request. Fails if there is no answer in time; the time for people to sign in does not count. */
export type Send = (request: Request, withinMs: number) => Promise<Answer>;

const connections = new Map<string, Send>();

/**
 * Returns a function that sends requests to the cluster of a kubeconfig context, as kubectl would. Fails if the
 * kubeconfig has no such context. Connections and credentials are shared in this process.
 */
export function connectionTo(name: string): Send {
    const context = kubeContext(name);
    const key = JSON.stringify(context);
    const connection = connections.get(key) ?? sender(context);
    connections.set(key, connection);
    return connection;
}

function sender(context: KubeContext): Send {
    const server = serverOf(context);
    const isTls = server.protocol === "https:";
    const credentials = credentialsOf(context, isTls);
    const transport = isTls ? tlsOf(context) : {};
    let agent: http.Agent | undefined;
    return async (request, withinMs) => {
        agent ??= await agentFor(server, context);
        const once = async () => {
            const { headers, certificate } = await credentials.get();
            const options = { ...transport, ...certificate, agent, headers: { ...headers, ...bodyHeaders(request) } };
            const signal = AbortSignal.timeout(withinMs);
            return trusting(() => answer(server, request, options, signal)).catch((error: unknown) => {
                throw new Error(signal.aborted ? `no answer within ${withinMs / 1000} s` : reasonOf(error, server));
            });
        };
        const first = await once();
        return first.status === 401 && (await credentials.renew()) ? once() : first;
    };
}

/** The server's URL. Like kubectl, takes HTTP if it has no scheme. */
function serverOf({ clusterName, cluster: { server } }: KubeContext): URL {
    const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`;
    if (server === "" || !URL.canParse(text)) {
        throw new KubeconfigError(`cluster ${clusterName} of the kubeconfig has no valid server: "${server}"`);
    }
    return new URL(text);
}

function tlsOf({ clusterName, cluster, userName, user }: KubeContext): https.AgentOptions {
    const insecure = cluster["insecure-skip-tls-verify"];
    const ca = pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
    if (insecure && ca !== undefined) {
        throw new KubeconfigError(
            `cluster ${clusterName} has both insecure-skip-tls-verify and a certificate-authority`,
        );
    }
    const cert = pem(user["client-certificate-data"], user["client-certificate"]);
    const key = pem(user["client-key-data"], user["client-key"]);
    if (cert !== undefined && key === undefined) {
        throw new KubeconfigError(`user ${userName} of the kubeconfig has a client-certificate and no client-key`);
    }
    const servername = cluster["tls-server-name"];
    return {
        rejectUnauthorized: !insecure,
        // Like Go, trusts a certificate in the file itself, also if it is not an authority's.
        allowPartialTrustChain: true,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert, key }),
        ...(servername !== "" && { servername }),
    };
}

/** The content of a field in base64, or else of the file of the other field; undefined if both are missing. */
function pem(data: string, file: string): string | undefined {
    if (data !== "") {
        return Buffer.from(data, "base64").toString();
    }
    try {
        return file === "" ? undefined : readFileSync(file, "utf8");
    } catch (error) {
        throw new KubeconfigError(`the kubeconfig names a file that cannot be read: ${(error as Error).message}`);
    }
}

/** The reason of a failed connection. Node has an error for each address of a name, in one without a message. */
function reasonOf(error: unknown, { host }: URL): string {
    const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    const { message, code = "" } = first as NodeJS.ErrnoException;
    return isUntrusted(error) || /^ERR_TLS_CERT|^CERT_/.test(code)
        ? `the certificate of ${host} is not trusted: ${message}`
        : message;
}

function bodyHeaders({ body, contentType = "application/json", accept = "application/json" }: Request) {
    return { Accept: accept, "User-Agent": "fluxcd", ...(body && { "Content-Type": contentType }) };
}

/** An agent that goes through the proxy of the cluster, or else of the environment, if there is one. */
async function agentFor(server: URL, { clusterName, cluster }: KubeContext): Promise<http.Agent> {
    const own = cluster["proxy-url"];
    if (own !== "" && !/^(https?|socks5h?):\/\/./.test(own)) {
        const expected = "expected http://, https:// or socks5://";
        throw new KubeconfigError(`cluster ${clusterName} of the kubeconfig has an invalid proxy-url: ${expected}`);
    }
    // kubectl does not know ALL_PROXY.
    const ofEnvironment = isUnknownToGo(process.env) ? undefined : proxyFor(server, process.env)?.url;
    const proxy = own === "" ? ofEnvironment : own;
    if (proxy === undefined) {
        return new (server.protocol === "https:" ? https : http).Agent({ keepAlive: true });
    }
    if (proxy.startsWith("socks5")) {
        const { SocksProxyAgent } = await import("socks-proxy-agent");
        // As in Go, the proxy resolves the name.
        return new SocksProxyAgent(proxy.replace(/^socks5:/, "socks5h:"), { keepAlive: true });
    }
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    return new HttpsProxyAgent(proxy, { keepAlive: true });
}

function answer(server: URL, asked: Request, options: https.RequestOptions, signal: AbortSignal): Promise<Answer> {
    const { method = "GET", path, body } = asked;
    const url = new URL(server);
    const [pathname = "", query] = path.split("?");
    url.pathname = `${server.pathname.replace(/\/$/, "")}${pathname}`;
    url.search = query ?? "";
    return new Promise((resolve, reject) => {
        const { request: start } = url.protocol === "https:" ? https : http;
        const request = start(url, { ...options, method, signal }, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () => {
                resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
            });
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
            // The server has closed a connection that was kept for the next request.
            const isStale = request.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
            if (isStale && !signal.aborted) {
                answer(server, asked, options, signal).then(resolve, reject);
            } else {
                reject(error);
            }
        });
        request.end(body && JSON.stringify(body));
    });
}
