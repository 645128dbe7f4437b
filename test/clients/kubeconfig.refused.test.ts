import assert from "node:assert/strict";

import {
    asked,
    askedByKubectl,
    base64,
    type File,
    plugin,
    type Servers,
    startServers,
    written,
} from "../support/kubeconfigs";

describe("A kubeconfig", () => {
    let at: Servers;

    before(async () => {
        at = await startServers();
    });
    after(() => at.close());

    /** Kubeconfigs that kubectl refuses too, and the words that say why. */
    const refused: Readonly<Record<string, () => readonly [File | string, RegExp]>> = {
        "without the context": () => [{ contexts: {} }, /^the kubeconfig has no context c$/],
        "that is not YAML": () => ["users: [token: secret-1", /is not valid YAML: \w+ in line 1$/],
        "that is a list": () => ["- secret-1", /the kubeconfig in .*: .*expected object/],
        "with two users of one name in one file": () => [
            `users: [{name: u, user: {token: secret-1}}, {name: u, user: {token: secret-2}}]`,
            /has two entries for user u$/,
        ],
        "with a number for a token": () => [at.one({ token: 12345 }), /^user u in .*: token: .*expected string/],
        "with a token and a password": () => [
            at.one({ token: "secret-1", username: "a", password: "secret-2" }),
            /^user u of the kubeconfig has both a token and a password/,
        ],
        "with a client certificate and no key": () => [
            at.one({ "client-certificate-data": base64(at.tls.client.cert) }),
            /^user u of the kubeconfig has a client-certificate and no client-key$/,
        ],
        "with groups and no user to impersonate": () => [
            at.one({ token: "secret-1", "as-groups": ["a"] }),
            /^user u of the kubeconfig has as-uid, as-groups or as-user-extra without as$/,
        ],
        "with a certificate authority and no verification": () => [
            at.one({ token: "secret-1" }, { "insecure-skip-tls-verify": true }),
            /^cluster k has both insecure-skip-tls-verify and a certificate-authority$/,
        ],
        "with a proxy of an unknown kind": () => [
            at.one({}, { "proxy-url": "ftp://secret-1@proxy" }),
            /^cluster k of the kubeconfig has an invalid proxy-url: expected http:/,
        ],
        "with a file that does not exist": () => [
            at.one({ tokenFile: "/nowhere/token" }),
            /ENOENT: .*'\/nowhere\/token'/,
        ],
        "with the auth-provider gcp, which kubectl no longer has": () => [
            at.one({ "auth-provider": { name: "gcp" } }),
            /^user u of the kubeconfig has the auth-provider gcp, which kubectl no longer has/,
        ],
        "with a credential plugin of version alpha": () => [
            at.one(plugin({ token: "secret-1" }, {}, "client.authentication.k8s.io/v1alpha1")),
            /^the credential plugin of kubeconfig user u has apiVersion ".*v1alpha1": expected/,
        ],
        "with a credential plugin that is not installed": () => [
            at.one(plugin({}, { command: "no-such-plugin", installHint: "Install it from example.com." })),
            /^the credential plugin of kubeconfig user u, no-such-plugin, is not installed: Install it from example.com.$/,
        ],
        "with a credential plugin that needs a terminal": () => [
            at.one(plugin({ token: "secret-1" }, { interactiveMode: "Always" })),
            /asks a person to sign in, and there is no terminal here. Sign in once with kubectl --context c get/,
        ],
        "with a credential plugin without its interactiveMode": () => [
            at.one(plugin({ token: "secret-1" }, { interactiveMode: "" })),
            /has interactiveMode "": expected Never, IfAvailable or Always/,
        ],
        "with a credential plugin that prints an empty line before its error": () => [
            at.one(plugin({}, { args: ["-c", `printf '\\nThe SSO session has expired\\n' >&2; exit 255`] })),
            /, sh, failed with exit code 255: The SSO session has expired$/,
        ],
        "with a credential plugin that prints no credential": () => [
            at.one(plugin({}, { args: ["-c", "echo secret-1"] })),
            /^the credential plugin of kubeconfig user u did not print a credential: expected an ExecCredential/,
        ],
        "with a credential plugin that prints another version": () => [
            at.one(
                plugin(
                    {},
                    {
                        args: [
                            "-c",
                            `echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"secret-1"}}'`,
                        ],
                    },
                ),
            ),
            /did not print a credential: expected apiVersion client.authentication.k8s.io\/v1, got/,
        ],
        "with a credential plugin that prints nothing useful": () => [
            at.one(plugin({})),
            /expected a token, or a certificate with its key$/,
        ],
        "with a server's certificate of an unknown authority": () => [
            at.one({ token: "secret-1" }, { "certificate-authority-data": base64(at.tls.stranger.cert) }),
            /^the certificate of 127.0.0.1:\d+ is not trusted: /,
        ],
        "with a server's certificate of another name": () => [
            at.one({ token: "secret-1" }, { "tls-server-name": "unknown.test" }),
            /^the certificate of 127.0.0.1:\d+ is not trusted: /,
        ],
        "with a server that nobody listens at": () => [
            at.one({ token: "secret-1" }, { server: "https://localhost:1" }),
            /ECONNREFUSED/,
        ],
    };

    for (const [name, given] of Object.entries(refused)) {
        it(`${name} is refused, as by kubectl, with the reason and no secret`, async () => {
            const [file, reason] = given();
            const env = written({ files: { a: file } });
            const error = await asked(env).then(
                () => undefined,
                (caught: unknown) => caught as Error,
            );
            assert.ok(error, "nothing was refused");
            assert.match(error.message, reason);
            assert.doesNotMatch(error.message, /secret-\d/);
            await assert.rejects(askedByKubectl(env));
            assert.deepEqual(at.seen(), []);
        });
    }
});
