import tls from "node:tls";

import { isUntrusted } from "../domain/networkErrors";
import { hasProxy, proxyFor } from "../domain/proxy";

type Address = string | URL;

/**
 * `fetch` as a person's other programs go out: through the proxies of the environment, and with trust in the
 * certificates of the system. Node's own `fetch` does the one only if NODE_USE_ENV_PROXY is set when the process
 * starts, which nobody sets for Pulumi's program, and the other only with NODE_USE_SYSTEM_CA.
 * https://nodejs.org/api/http.html#built-in-proxy-support
 */
export async function fetchOutside(address: Address, init?: RequestInit): Promise<Response> {
    const once = hasProxy(process.env) ? await fetchThroughProxies() : fetch;
    return trusting(() => once(address, init));
}

/** Tries again with the certificates of the system if a server's certificate is not trusted without them. */
export async function trusting<T>(request: () => Promise<T>): Promise<T> {
    try {
        return await request();
    } catch (error) {
        if (!isUntrusted(error) || !trustSystem()) {
            throw error;
        }
        return request();
    }
}

type Fetch = (address: Address, init?: RequestInit) => Promise<Response>;

let throughProxies: Promise<Fetch> | undefined;

/** Decides for each host, as a redirect may lead to one with another proxy, or with none. */
function fetchThroughProxies(): Promise<Fetch> {
    throughProxies ??= import("undici").then(({ Agent, fetch: fetchOfUndici, Pool, ProxyAgent }) => {
        const dispatcher = new Agent({
            factory: (origin, options) => {
                const proxy = proxyFor(new URL(origin), process.env);
                return proxy ? new ProxyAgent(proxy.url.replace(/^socks5h:/, "socks5:")) : new Pool(origin, options);
            },
        });
        // Node's types of the same classes are of another version.
        return (address, init) => fetchOfUndici(address, { ...init, dispatcher } as object);
    });
    return throughProxies;
}

let trusts = false;

/**
 * Adds the certificates of the system to those of Node, as Go, git and curl trust them. It takes a quarter of a second,
 * so it waits until one is needed. Returns false if they are trusted already, or if Node cannot do it.
 * https://nodejs.org/api/tls.html#tlssetdefaultcacertificatescerts
 */
function trustSystem(): boolean {
    if (trusts || typeof tls.setDefaultCACertificates !== "function") {
        return false;
    }
    trusts = true;
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...tls.getCACertificates("system")]);
    return true;
}
