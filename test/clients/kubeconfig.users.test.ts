import assert from "node:assert/strict";

import {
    areReadAsByKubectl,
    asked,
    askedByKubectl,
    base64,
    bearer,
    type Servers,
    startServers,
    written,
} from "../support/kubeconfigs";

describe("A user of a kubeconfig", () => {
    let at: Servers;

    before(async () => {
        at = await startServers();
    });
    after(() => at.close());

    areReadAsByKubectl(() => at, {
        "with a token": () => ({ files: { a: at.one({ token: "t-1" }) }, seen: bearer("t-1") }),
        "with a token in a file, relative to the kubeconfig": () => ({
            files: { "kube/a": at.one({ tokenFile: "secret/token" }) },
            others: { "kube/secret/token": "t-2\n" },
            seen: bearer("t-2"),
        }),
        "with a token and another one in a file, which wins": () => ({
            files: { a: at.one({ token: "old", tokenFile: "token" }) },
            others: { token: "new" },
            seen: bearer("new"),
        }),
        "with a user name and a password": () => ({
            files: { a: at.one({ username: "ann", password: "p:w" }) },
            seen: { authorization: `Basic ${base64("ann:p:w")}` },
        }),
        "with a client certificate in files, relative to the kubeconfig": () => ({
            files: { "kube/a": at.one({ "client-certificate": "c.pem", "client-key": "../k.pem" }) },
            others: { "kube/c.pem": at.tls.client.cert, "k.pem": at.tls.client.key },
            seen: { client: "client-of-the-file" },
        }),
        "with a client certificate in its data": () => ({
            files: {
                a: at.one({
                    "client-certificate-data": base64(at.tls.client.cert),
                    "client-key-data": base64(at.tls.client.key),
                }),
            },
            seen: { client: "client-of-the-file" },
        }),
        "with an impersonated user, in groups, with a uid and extra fields": () => ({
            files: {
                a: at.one({
                    token: "t-7",
                    as: "jane",
                    "as-uid": "u-1",
                    "as-groups": ["devs", "ops"],
                    "as-user-extra": { "example.com/scope": ["a"], "per%cent": ["b"] },
                }),
            },
            seen: {
                ...bearer("t-7"),
                as: {
                    "impersonate-user": "jane",
                    "impersonate-uid": "u-1",
                    "impersonate-group": "devs, ops",
                    "impersonate-extra-example.com%2fscope": "a",
                    "impersonate-extra-per%25cent": "b",
                },
            },
        }),
    });

    it("with a user that does not exist is anonymous, where kubectl would ask for a password", async () => {
        const contexts = { c: { cluster: "k", user: "gone" } };
        const env = written({ files: { a: { clusters: { k: at.cluster() }, contexts } } });
        assert.equal((await asked(env)).status, 200);
        assert.deepEqual(at.seen(), [{ path: "/livez" }]);
        await assert.rejects(askedByKubectl(env));
    });
});
