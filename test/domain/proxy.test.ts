import assert from "node:assert/strict";

import { explainNetworkError, isUntrusted } from "../../domain/networkErrors";
import { isUnknownToGo, malformedProxy, proxyFor, shownProxy } from "../../domain/proxy";

const proxy = "http://proxy.example.com:3128";

describe("The proxy for an address", () => {
    for (const [env, address, expected] of [
        [{}, "https://github.com", undefined],
        [{ HTTPS_PROXY: "" }, "https://github.com", undefined],
        [{ HTTPS_PROXY: proxy }, "https://github.com", proxy],
        [{ https_proxy: proxy }, "https://github.com", proxy],
        [{ HTTPS_PROXY: "", https_proxy: proxy }, "https://github.com", proxy],
        [{ HTTPS_PROXY: proxy, https_proxy: "http://other:1" }, "https://github.com", proxy],
        [{ HTTP_PROXY: proxy }, "https://github.com", undefined],
        [{ HTTP_PROXY: proxy }, "http://github.example.com", proxy],
        [{ http_proxy: proxy }, "http://github.example.com", proxy],
        [{ HTTPS_PROXY: proxy }, "http://github.example.com", undefined],
        [{ ALL_PROXY: proxy }, "https://github.com", proxy],
        [{ all_proxy: proxy }, "http://github.example.com", proxy],
        [{ ALL_PROXY: "http://other:1", HTTPS_PROXY: proxy }, "https://github.com", proxy],
        [{ HTTPS_PROXY: "proxy.example.com:3128" }, "https://github.com", proxy],
        [{ HTTPS_PROXY: "10.0.0.1:3128" }, "https://github.com", "http://10.0.0.1:3128"],
        [{ HTTPS_PROXY: "socks5://proxy:1080" }, "https://github.com", "socks5://proxy:1080"],
        [{ HTTPS_PROXY: "https://proxy:443" }, "https://github.com", "https://proxy:443"],
        [{ HTTPS_PROXY: "http://user:p%23@proxy:1" }, "https://github.com", "http://user:p%23@proxy:1"],
    ] as const) {
        it(`is ${expected ?? "none"} for ${address} with ${JSON.stringify(env)}`, () => {
            assert.equal(proxyFor(new URL(address), env)?.url, expected);
        });
    }

    /** https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config: also where Node differs, or fetch from http.request. */
    for (const [list, address, direct] of [
        ["github.com", "https://github.com", true],
        ["github.com", "https://api.github.com", true],
        ["github.com", "https://mygithub.com", false],
        ["GitHub.COM", "https://github.com", true],
        [".github.com", "https://api.github.com", true],
        [".github.com", "https://github.com", false],
        ["*.github.com", "https://api.github.com", true],
        ["*.github.com", "https://github.com", false],
        ["*", "https://github.com", true],
        ["other.example.com, github.com ,", "https://github.com", true],
        ["other.example.com github.com", "https://github.com", false],
        ["github.com:443", "https://github.com", true],
        ["github.com:8443", "https://github.com", false],
        ["github.com:8443", "https://github.com:8443", true],
        [".github.com:443", "https://api.github.com", true],
        ["10.1.2.3", "https://10.1.2.3", true],
        ["10.1.2.3:8443", "https://10.1.2.3", false],
        ["10.1.2.3:8443", "https://10.1.2.3:8443", true],
        ["10.0.0.0/8", "https://10.1.2.3", true],
        ["10.0.0.0/8", "https://11.1.2.3", false],
        ["10.0.0.0/8", "https://github.com", false],
        ["10.0.0.0/99", "https://10.1.2.3", false],
        ["fd00::/8", "https://[fd00::1]", true],
        ["fd00::1", "https://[fd00::1]", true],
        ["[fd00::1]:443", "https://[fd00::1]", true],
        ["fd00::2", "https://[fd00::1]", false],
        ["", "https://github.com", false],
        ["", "https://localhost:6443", true],
        ["", "https://127.0.0.1:6443", true],
        ["", "https://127.1.2.3", true],
        ["", "https://[::1]:6443", true],
    ] as const) {
        it(`is ${direct ? "none" : "used"} for ${address} with NO_PROXY ${JSON.stringify(list)}`, () => {
            const address_ = new URL(address);
            assert.equal(proxyFor(address_, { HTTPS_PROXY: proxy, NO_PROXY: list }) === undefined, direct);
            assert.equal(proxyFor(address_, { HTTPS_PROXY: proxy, no_proxy: list }) === undefined, direct);
        });
    }

    for (const [text, is] of [
        ["http://pro xy:3128", true],
        ["http://user:pa#ss@proxy:3128", true],
        ["http://user:pa/ss@proxy:3128", true],
        ["http://", true],
        ["ftp://proxy:3128", true],
        ["http://proxy:port", true],
        [proxy, false],
        ["proxy:3128", false],
        ["proxy", false],
        ["socks5h://proxy:1080", false],
        ["", false],
    ] as const) {
        it(`is ${is ? "malformed" : "an address"} in ${JSON.stringify(text)}`, () => {
            for (const variable of ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"]) {
                assert.equal(malformedProxy({ [variable]: text }), is ? variable : undefined);
            }
        });
    }

    it("is unknown to Go if only git and curl read its variable", () => {
        assert.equal(isUnknownToGo({ ALL_PROXY: proxy }), true);
        assert.equal(isUnknownToGo({ ALL_PROXY: proxy, https_proxy: proxy }), false);
        assert.equal(isUnknownToGo({}), false);
    });

    it("is shown without its user and password", () => {
        assert.equal(shownProxy("http://user:secret@proxy.example.com:3128/"), "proxy.example.com:3128");
        assert.equal(shownProxy("not an address with a secret"), "the proxy");
    });
});

describe("A request without an answer", () => {
    const failed = (code: string, message = "it failed") =>
        Object.assign(new Error("fetch failed"), { cause: Object.assign(new Error(message), { code }) });
    const through = { HTTPS_PROXY: "http://user:secret@proxy.example.com:3128" };

    for (const [code, why, fix] of [
        ["SELF_SIGNED_CERT_IN_CHAIN", /does not trust has signed the certificate of api.github.com/, /network\.md/],
        ["DEPTH_ZERO_SELF_SIGNED_CERT", /does not trust/, /network\.md/],
        ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /does not trust/, /network\.md/],
        ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", /does not trust/, /network\.md/],
        ["CERT_HAS_EXPIRED", /is not valid now, or this machine's clock/, /^date$/],
        ["ERR_TLS_CERT_ALTNAME_INVALID", /not one of api.github.com/, /^curl -v .* https:\/\/api.github.com$/],
        ["ERR_SSL_WRONG_VERSION_NUMBER", /does not speak TLS$/, /^curl/],
        ["ENOTFOUND", /no address for api.github.com.*HTTPS_PROXY/, /^export HTTPS_PROXY=http:\/\/<proxy>:<port>$/],
        ["EAI_AGAIN", /no address for api.github.com/, /^export HTTPS_PROXY/],
        ["ECONNREFUSED", /does not reach api.github.com/, /^curl/],
        ["ETIMEDOUT", /or set HTTPS_PROXY/, /^curl/],
        ["UND_ERR_CONNECT_TIMEOUT", /does not reach/, /^curl/],
    ] as const) {
        it(`is explained for ${code}`, () => {
            const found = explainNetworkError(failed(code), "https://api.github.com/user", {});
            assert.match(found?.why ?? "", why);
            assert.match(found?.fix ?? "", fix);
        });
    }

    for (const [error, why] of [
        [failed("ENOTFOUND"), /no address for the proxy proxy.example.com:3128 in HTTPS_PROXY/],
        [failed("ECONNREFUSED"), /through the proxy proxy.example.com:3128/],
        [failed("EPROTO"), /an address with http:\/\//],
        [
            failed("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling"),
            /asks for a user and a password/,
        ],
        [
            failed("UND_ERR_ABORTED", "Proxy response (403) !== 200 when HTTP Tunneling"),
            /does not connect to api.github.com/,
        ],
        [failed("UND_ERR_ABORTED", "Proxy response (503) !== 200 when HTTP Tunneling"), /ask for this host there/],
    ] as const) {
        it(`is explained with a proxy as ${String(why)}, and does not show its password`, () => {
            const found = explainNetworkError(error, "https://api.github.com/", through);
            assert.match(found?.why ?? "", why);
            assert.ok(!JSON.stringify(found).includes("secret"));
        });
    }

    it("is explained if each of several addresses of a host fails", () => {
        const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        const error = new TypeError("fetch failed", { cause: new AggregateError([refused, refused]) });
        assert.match(explainNetworkError(error, "https://github.com", {})?.why ?? "", /does not reach github.com/);
    });

    it("is not explained by an answer, or by an error of another kind", () => {
        for (const error of [new Error("Not Found"), failed("ENOENT"), "text", undefined]) {
            assert.equal(explainNetworkError(error, "https://github.com", {}), undefined);
            assert.equal(isUntrusted(error), false);
        }
        assert.equal(explainNetworkError(failed("ENOTFOUND"), "install.yaml", {}), undefined);
    });
});
