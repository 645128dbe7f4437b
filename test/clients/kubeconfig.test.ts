import assert from "node:assert/strict";

import { contextNames } from "../../clients/kubeconfig";
import {
    areReadAsByKubectl,
    asked,
    base64,
    bearer,
    type Servers,
    startServers,
    within,
    written,
} from "../support/kubeconfigs";

describe("A kubeconfig", () => {
    let at: Servers;

    before(async () => {
        at = await startServers();
    });
    after(() => at.close());

    areReadAsByKubectl(() => at, {
        "with a certificate authority in a file, relative to the kubeconfig": () => ({
            files: {
                "kube/a": at.one(
                    { token: "t-3" },
                    { "certificate-authority-data": null, "certificate-authority": "ca.pem" },
                ),
            },
            others: { "kube/ca.pem": at.tls.authority.cert },
            seen: bearer("t-3"),
        }),
        "with the server's own certificate as the authority": () => ({
            files: { a: at.one({ token: "t-20" }, { "certificate-authority-data": base64(at.tls.server.cert) }) },
            seen: bearer("t-20"),
        }),
        "with insecure-skip-tls-verify": () => ({
            files: {
                a: at.one({ token: "t-4" }, { "certificate-authority-data": null, "insecure-skip-tls-verify": true }),
            },
            seen: bearer("t-4"),
        }),
        "with a tls-server-name": () => ({
            files: { a: at.one({ token: "t-5" }, { "tls-server-name": "other.test" }) },
            seen: { ...bearer("t-5"), servername: "other.test" },
        }),
        "with a path in the server's URL": () => ({
            files: { a: at.one({ token: "t-6" }, { server: `https://127.0.0.1:${at.secure.port}/k8s/clusters/c-1/` }) },
            // kubectl takes a raw path from the root.
            raw: "/k8s/clusters/c-1/livez",
            seen: bearer("t-6"),
        }),
        "with plain HTTP, over which no credential goes": () => ({
            files: {
                a: at.one({ token: "t-8", as: "jane" }, { server: `http://127.0.0.1:${at.plain.port}` }),
            },
            seen: { as: { "impersonate-user": "jane" } },
        }),
        "with a server without a scheme, which is plain HTTP": () => ({
            files: { a: at.one({ token: "t-9" }, { server: `127.0.0.1:${at.plain.port}` }) },
            seen: {},
        }),
        "with null for what is missing": () => ({
            files: {
                a: `{"clusters":[{"name":"k","cluster":${JSON.stringify(at.cluster({ "proxy-url": null }))}}],
                    "users":[{"name":"u","user":{"token":"t-10","as":null,"exec":null,"auth-provider":null}}],
                    "contexts":[{"name":"c","context":{"cluster":"k","user":"u","namespace":null}}],"preferences":{}}`,
            },
            seen: bearer("t-10"),
        }),
        "with yes for true, and other things of YAML 1.1": () => ({
            files: {
                a: `%YAML 1.1
---
clusters:
- {name: k, cluster: {server: "https://127.0.0.1:${at.secure.port}", insecure-skip-tls-verify: yes}}
users: [{name: u, user: {token: "t-11"}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
---
contexts: [{name: c, context: {cluster: nobody, user: nobody}}]
`,
            },
            seen: bearer("t-11"),
        }),
        "in two files with clusters and users of the same names, of which the first wins whole": () => ({
            files: {
                a: { clusters: { k: at.cluster() }, users: { u: { token: "first" } } },
                b: {
                    ...at.one(
                        { token: "second", as: "other" },
                        { server: "https://127.0.0.1:1", "tls-server-name": "x" },
                    ),
                },
            },
            seen: bearer("first"),
        }),
        "in files of which one does not exist, one is named twice, and one name is empty": () => ({
            files: { a: at.one({ token: "t-13" }) },
            kubeconfig: ["missing", "", "a", "a"],
            seen: bearer("t-13"),
        }),
        "with a file that is empty": () => ({
            files: { empty: "", a: at.one({ token: "t-14" }) },
            seen: bearer("t-14"),
        }),
        "with broken entries of other contexts": () => ({
            files: {
                a: {
                    clusters: { k: at.cluster(), broken: {}, unreadable: { "certificate-authority": "/nowhere" } },
                    users: { u: { token: "t-15" }, broken: { exec: { command: "" } } },
                    contexts: {
                        c: { cluster: "k", user: "u" },
                        empty: {},
                        broken: { cluster: "gone", user: "broken" },
                    },
                },
            },
            seen: bearer("t-15"),
        }),
        "at ~/.kube/config without KUBECONFIG": () => ({
            files: { ".kube/config": at.one({ token: "t-16" }) },
            kubeconfig: [],
            seen: bearer("t-16"),
        }),
        "with a proxy-url": () => ({
            files: {
                a: at.one(
                    { token: "t-17" },
                    { server: "https://kube.test", "proxy-url": `http://127.0.0.1:${at.proxy.port}` },
                ),
            },
            seen: { ...bearer("t-17"), servername: "kube.test" },
        }),
        "with a proxy-url of SOCKS, which resolves the server's name": () => ({
            files: {
                a: at.one(
                    { token: "t-21" },
                    { server: "https://kube.test", "proxy-url": `socks5://127.0.0.1:${at.socks.port}` },
                ),
            },
            seen: { ...bearer("t-21"), servername: "kube.test" },
        }),
        "behind HTTPS_PROXY": () => ({
            files: { a: at.one({ token: "t-18" }, { server: "https://kube.test:6443" }) },
            env: { HTTPS_PROXY: `127.0.0.1:${at.proxy.port}`, NO_PROXY: ".kube.test,10.0.0.0/8" },
            seen: { ...bearer("t-18"), servername: "kube.test" },
        }),
        "on this machine, to which no proxy of the environment leads": () => ({
            files: { a: at.one({ token: "t-19" }) },
            env: { HTTPS_PROXY: "http://127.0.0.1:1" },
            seen: bearer("t-19"),
        }),
    });

    it("with a cluster that does not exist never leads to another cluster on this machine", async () => {
        const env = written({ files: { a: { contexts: { c: { cluster: "gone", user: "u" } } } } });
        await assert.rejects(asked(env), /context c in .* names cluster gone, which does not exist/);
    });

    it("has the contexts of all its files", async () => {
        const contexts = (...names: string[]) => ({
            contexts: Object.fromEntries(names.map((name) => [name, { cluster: "k", user: "u" }])),
        });
        const env = written({ files: { a: contexts("dev", "staging"), b: contexts("staging", "prod") } });
        assert.deepEqual(await within(env, () => Promise.resolve(contextNames())), ["dev", "staging", "prod"]);
    });
});
