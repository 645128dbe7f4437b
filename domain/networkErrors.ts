import { proxyFor, shownProxy } from "./proxy";

/** What a failed request means, and a command that fixes it or shows more. */
export interface NetworkError {
    readonly why: string;
    readonly fix: string;
    /** The code of the error, or the status that a proxy answered. */
    readonly code: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a request went. */
interface Way {
    readonly host: string;
    /** The proxy, without its password; undefined if there is none. */
    readonly proxy: string | undefined;
    /** The variable of the proxy, or the one to set. */
    readonly variable: string;
    readonly address: string;
}

type Rule = readonly [code: RegExp, explain: (way: Way) => Omit<NetworkError, "code">];

const look = ({ address }: Way) => `curl -v --max-time 20 --output /dev/null ${address}`;
const by = ({ host, proxy }: Way) => (proxy === undefined ? host : `${host} through the proxy ${proxy}`);

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes has the codes of OpenSSL. */
const rules: readonly Rule[] = [
    [
        /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)|CERT_UNTRUSTED|INVALID_CA)$/,
        ({ host }) => ({
            why: `an authority that this machine does not trust has signed the certificate of ${host}, as in a company that reads its traffic`,
            fix: "add your company's certificate to those of the system, as docs/network.md says, and run this again",
        }),
    ],
    [
        /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
        ({ host }) => ({
            why: `the certificate of ${host} is not valid now, or this machine's clock is wrong`,
            fix: "date",
        }),
    ],
    [
        /^ERR_TLS_CERT_ALTNAME_INVALID$/,
        (way) => ({
            why: `the certificate is not one of ${way.host}: something else answers in its place`,
            fix: look(way),
        }),
    ],
    [
        /^(EPROTO|ERR_SSL_.*)$/,
        (way) => ({
            why:
                way.proxy === undefined
                    ? `${way.host} does not speak TLS`
                    : `${by(way)} does not speak TLS: most proxies have an address with http://, also for HTTPS`,
            fix: look(way),
        }),
    ],
    [
        /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_FAIL)$/,
        (way) =>
            way.proxy === undefined
                ? {
                      why: `this machine finds no address for ${way.host}. In a network with a proxy, the program takes it from ${way.variable}`,
                      fix: `export ${way.variable}=http://<proxy>:<port>`,
                  }
                : {
                      why: `this machine finds no address for the proxy ${way.proxy} in ${way.variable}`,
                      fix: look(way),
                  },
    ],
    [
        /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|SOCKET|PRX_CONN))$/,
        (way) => ({
            why: `this machine does not reach ${by(way)}: check the firewall, ${way.proxy === undefined ? `or set ${way.variable} in a network with a proxy` : `and ${way.variable} and NO_PROXY`}`,
            fix: look(way),
        }),
    ],
];

/** The proxy's own answer to the request to connect. */
const refused: readonly Rule[] = [
    [
        /^407$/,
        ({ proxy = "", variable }) => ({
            why: `the proxy ${proxy} asks for a user and a password (407)`,
            fix: `export ${variable}=http://<user>:<password>@${proxy}   (special characters as %XX)`,
        }),
    ],
    [
        /^\d+$/,
        (way) => ({
            why: `the proxy ${way.proxy ?? ""} does not connect to ${way.host}: ask for this host there`,
            fix: look(way),
        }),
    ],
];

/** Explains why a request got no answer; undefined for other errors. */
export function explainNetworkError(error: unknown, address: string, env: Variables): NetworkError | undefined {
    if (!URL.canParse(address)) {
        return undefined;
    }
    const url = new URL(address);
    const proxy = proxyFor(url, env);
    const variable = proxy?.variable ?? (url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
    const way = { host: url.host, proxy: proxy && shownProxy(proxy.url), variable, address: url.origin };
    const all = causesOf(error);
    const answered = all.map(({ message }) => /^Proxy response \((\d+)\)/.exec(message)?.[1]).find(Boolean);
    return answered === undefined ? explained(rules, all.map(codeOf), way) : explained(refused, [answered], way);
}

function explained(from: readonly Rule[], codes: readonly string[], way: Way): NetworkError | undefined {
    for (const [known, explain] of from) {
        const code = codes.find((it) => known.test(it));
        if (code !== undefined) {
            return { ...explain(way), code };
        }
    }
    return undefined;
}

const untrusted = rules[0]?.[0] ?? /^$/;

/** Whether the certificate of a server is signed by an unknown authority. */
export function isUntrusted(error: unknown): boolean {
    return causesOf(error).some((it) => untrusted.test(codeOf(it)));
}

/** An error with its causes. The attempts at several addresses of a host are together in one error. */
function causesOf(error: unknown, depth = 0): Error[] {
    if (!(error instanceof Error) || depth > 8) {
        return [];
    }
    const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [];
    return [error, ...[error.cause, ...parts].flatMap((it) => causesOf(it, depth + 1))];
}

function codeOf(error: Error): string {
    return "code" in error && typeof error.code === "string" ? error.code : "";
}
