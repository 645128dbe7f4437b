import { BlockList, isIP } from "node:net";

/** The variables of an environment. */
type Variables = Readonly<Record<string, string | undefined>>;

/** A proxy in the environment, and the variable that has it. */
export interface Proxy {
    readonly variable: string;
    readonly url: string;
}

const schemes = ["http:", "https:", "socks5:", "socks5h:"];

/** The variables with a proxy, by the scheme of an address. Only git and curl also read the last pair. */
const variables: Readonly<Record<string, readonly string[]>> = {
    "https:": ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
    "http:": ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
};

/**
 * The proxy for an address; undefined to go there directly. The rules are those of Go, by which the GitHub provider and
 * Pulumi go, so all processes of an update take the same way. Node's own rules differ: it sends localhost through the
 * proxy, and knows no ranges.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(address: URL, env: Variables): Proxy | undefined {
    const proxy = first(env, variables[address.protocol] ?? []);
    return proxy && !goesDirectly(address, env) ? { ...proxy, url: completed(proxy.url) } : undefined;
}

function first(env: Variables, names: readonly string[]): Proxy | undefined {
    const variable = names.find((name) => (env[name] ?? "") !== "");
    return variable === undefined ? undefined : { variable, url: env[variable] ?? "" };
}

/** A proxy without a scheme is an HTTP proxy. */
function completed(text: string): string {
    return text.includes("://") ? text : `http://${text}`;
}

/** A proxy in the environment that is no address. Go ignores such a proxy. */
export function malformedProxy(env: Variables): string | undefined {
    return Object.values(variables)
        .flat()
        .find((name) => (env[name] ?? "") !== "" && !isProxy(completed(env[name] ?? "")));
}

function isProxy(text: string): boolean {
    return !/\s/.test(text) && URL.canParse(text) && schemes.includes(new URL(text).protocol);
}

/** Whether any proxy is in the environment. */
export function hasProxy(env: Variables): boolean {
    return Object.values(variables).some((names) => first(env, names) !== undefined);
}

/** Whether git and curl use a proxy here that Go does not know. */
export function isUnknownToGo(env: Variables): boolean {
    return first(env, variables["https:"] ?? [])?.variable.toLowerCase() === "all_proxy";
}

/** A proxy without its user and password. */
export function shownProxy(url: string): string {
    return URL.canParse(url) ? new URL(url).host : "the proxy";
}

function goesDirectly(address: URL, env: Variables): boolean {
    const hostname = address.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
    const port = address.port === "" ? (address.protocol === "https:" ? "443" : "80") : address.port;
    if (hostname === "localhost" || loopback.check(hostname, family(hostname))) {
        return true;
    }
    const list = first(env, ["NO_PROXY", "no_proxy"])?.url ?? "";
    return list
        .split(",")
        .map((entry) => entry.trim().toLowerCase())
        .some((entry) => entry !== "" && excepts(entry, hostname, port));
}

function family(text: string): "ipv4" | "ipv6" {
    return isIP(text) === 6 ? "ipv6" : "ipv4";
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function excepts(entry: string, hostname: string, port: string): boolean {
    const [, network = "", bits = ""] = /^([0-9a-f.:]+)\/(\d+)$/.exec(entry) ?? [];
    if (isIP(network) !== 0) {
        return isIn(hostname, network, Number(bits));
    }
    const match = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? /^([^:]+)(?::(\d+))?$/.exec(entry);
    const [, host = entry, only = port] = match ?? [];
    if (only !== port) {
        return false;
    }
    if (isIP(host) !== 0) {
        return isIn(hostname, host, isIP(host) === 4 ? 32 : 128);
    }
    const suffix = host.replace(/^\*?\.?/, ".");
    return host === "*" || hostname.endsWith(suffix) || (!/^\*?\./.test(host) && hostname === host);
}

function isIn(hostname: string, network: string, bits: number): boolean {
    const range = new BlockList();
    if (isIP(hostname) === 0 || bits > (isIP(network) === 4 ? 32 : 128)) {
        return false;
    }
    range.addSubnet(network, bits, family(network));
    return range.check(hostname, family(hostname));
}
