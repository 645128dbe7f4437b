import assert from "node:assert/strict";

import { proxyFor } from "../../clients/proxy";

const proxy = "http://proxy:3128";
const https = { HTTPS_PROXY: proxy };
type Env = Readonly<Record<string, string>>;

describe("The proxy for a request", () => {
    const through: readonly (readonly [string, Env, string?])[] = [
        ["https://kube.example.com", https],
        ["https://kube.example.com", { https_proxy: proxy }],
        ["https://kube.example.com", { HTTPS_PROXY: "", https_proxy: proxy }],
        ["https://kube.example.com", { HTTPS_PROXY: proxy, https_proxy: "http://other" }],
        ["https://kube.example.com", { HTTPS_PROXY: "proxy:3128" }],
        ["https://kube.example.com", { HTTPS_PROXY: "socks5://proxy:1080" }, "socks5://proxy:1080"],
        ["http://kube.example.com", { HTTP_PROXY: proxy, HTTPS_PROXY: "http://other" }],
        ["https://example.com", { ...https, NO_PROXY: ".example.com" }],
        ["https://notexample.com", { ...https, NO_PROXY: "example.com" }],
        ["https://kube.example.com:6443", { ...https, NO_PROXY: "kube.example.com:443" }],
        ["https://10.1.0.1", { ...https, NO_PROXY: "10.0.0.0/16,fd00::/8" }],
        ["https://10.0.0.1", { ...https, NO_PROXY: "10.0.0.0/99,10.0.0" }],
        ["https://[2001:db8::1]", { ...https, NO_PROXY: "10.0.0.0/8" }],
    ];
    for (const [url, env, expected = proxy] of through) {
        it(`to ${url} with ${JSON.stringify(env)} is ${expected}`, () => {
            assert.equal(proxyFor(new URL(url), env), expected);
        });
    }

    const direct: readonly (readonly [string, Env])[] = [
        ["https://kube.example.com", {}],
        ["https://kube.example.com", { HTTP_PROXY: proxy, ALL_PROXY: proxy }],
        ["http://kube.example.com", https],
        ["https://localhost:6443", https],
        ["https://127.0.0.1:6443", https],
        ["https://127.1.2.3", https],
        ["https://[::1]:6443", https],
        ["https://kube.example.com", { ...https, NO_PROXY: "*" }],
        ["https://kube.example.com", { ...https, no_proxy: "other.com, example.com" }],
        ["https://kube.EXAMPLE.com", { ...https, NO_PROXY: "Example.com" }],
        ["https://kube.example.com", { ...https, NO_PROXY: ".example.com" }],
        ["https://kube.example.com", { ...https, NO_PROXY: "*.example.com" }],
        ["https://kube.example.com:6443", { ...https, NO_PROXY: "kube.example.com:6443" }],
        ["https://kube.example.com", { ...https, NO_PROXY: "kube.example.com:443" }],
        ["https://10.0.3.4:6443", { ...https, NO_PROXY: "192.168.0.0/16,10.0.0.0/8" }],
        ["https://10.0.3.4:6443", { ...https, NO_PROXY: "10.0.3.4" }],
        ["https://[fd00::1]:6443", { ...https, NO_PROXY: "fd00::/8" }],
        ["https://[fd00::1]:6443", { ...https, NO_PROXY: "[fd00::1]:6443" }],
    ];
    for (const [url, env] of direct) {
        it(`to ${url} with ${JSON.stringify(env)} is none`, () => {
            assert.equal(proxyFor(new URL(url), env), undefined);
        });
    }
});
