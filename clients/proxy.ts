import { BlockList, isIP } from "node:net";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL, by the rules of Go's HTTP client, which kubectl and Pulumi's
 * providers have; undefined if the request goes out directly.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(url: URL, env: Env = process.env): string | undefined {
    const names = url.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
    const proxy = first(env, names);
    if (proxy === "" || isLoopback(url.hostname) || excluded(url, first(env, ["NO_PROXY", "no_proxy"]))) {
        return undefined;
    }
    return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function first(env: Env, names: readonly string[]): string {
    return names.map((name) => env[name] ?? "").find((value) => value !== "") ?? "";
}

function isLoopback(hostname: string): boolean {
    const host = bare(hostname);
    return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function excluded(url: URL, list: string): boolean {
    const host = bare(url.hostname).toLowerCase();
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    return list
        .split(",")
        .map((entry) => entry.trim().toLowerCase())
        .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
    if (entry === "*") {
        return true;
    }
    if (entry.includes("/")) {
        return inRange(entry, host);
    }
    const [, name = entry, only] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
    if (only !== undefined && only !== port) {
        return false;
    }
    const wanted = bare(name);
    if (isIP(wanted) !== 0) {
        return wanted === host;
    }
    const suffix = wanted.replace(/^\*?\./, ".");
    return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function inRange(range: string, host: string): boolean {
    const [address = "", bits = ""] = range.split("/");
    const version = isIP(address);
    if (
        version === 0 ||
        isIP(host) !== version ||
        !/^\d{1,3}$/.test(bits) ||
        Number(bits) > (version === 4 ? 32 : 128)
    ) {
        return false;
    }
    const type = version === 4 ? "ipv4" : "ipv6";
    const list = new BlockList();
    list.addSubnet(address, Number(bits), type);
    return list.check(host, type);
}

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
    return hostname.replace(/^\[(.*)\]$/, "$1");
}
