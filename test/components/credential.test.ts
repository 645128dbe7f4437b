import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { type Address, Credential, type CredentialArgs } from "../../components/credential";
import { Repository } from "../../components/repository";
import type { Identity } from "../../config";
import { type Engine, startEngine } from "../support/engine";
import { gitRepository, hooks, secretType, source } from "../support/fluxObjects";
import { settled, value } from "../support/program";

const deployKey = "github:index/repositoryDeployKey:RepositoryDeployKey";

describe("Credential", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const of = (identity: Identity, more: Partial<CredentialArgs> = {}) =>
        new Credential("apps", {
            identity,
            secret: pulumi.secret("the secret"),
            repository: "fluxcd-apps",
            address: addressAt("git@github.com:misua/fluxcd-apps.git"),
            title: "flux-dev",
            access: "read",
            sshHostKeys: ["ssh-ed25519 AAAA"],
            github: { baseUrl: "https://api.github.com/" },
            hooks: hooks(),
            ...more,
        });
    const known = async (data: Credential["data"]) =>
        Object.fromEntries(
            await Promise.all(
                Object.entries(data ?? {}).map(async ([key, it]) => [key, await value(pulumi.output(it))]),
            ),
        ) as Record<string, string>;
    /** What is registered beside the component itself. */
    const children = () => engine.registered.filter(({ type }) => type !== "fluxcd:github:Credential");

    describe("for a deploy key", () => {
        it("creates the key and returns an SSH URL, the private key and the known hosts", async () => {
            const { url, data, provider } = of({ kind: "deployKey", generation: 2 });
            await settled();
            const { inputs } = engine.one(deployKey, "apps-deploy-key-key");
            const { repository, title } = inputs;
            assert.deepEqual({ repository, title }, { repository: "fluxcd-apps", title: "flux-dev" });
            assert.equal(await value(url), "ssh://git@github.com/misua/fluxcd-apps.git");
            assert.equal(provider, undefined);
            assert.deepEqual(Object.keys(data ?? {}), ["identity", "identity.pub", "known_hosts"]);
            assert.equal(await pulumi.isSecret(pulumi.output(data?.identity)), true);
            assert.equal((await known(data)).known_hosts, "github.com ssh-ed25519 AAAA\n");
        });

        for (const [url, sshHost, expected, known_hosts] of [
            [
                "git@github.com:misua/fluxcd-apps.git",
                "ssh.github.com:443",
                "ssh://git@ssh.github.com:443/misua/fluxcd-apps.git",
                "[ssh.github.com]:443",
            ],
            [
                "git@github.example.com:misua/a.git",
                "github.example.com:2222",
                "ssh://git@github.example.com:2222/misua/a.git",
                "[github.example.com]:2222",
            ],
            [
                "ssh://git@github.example.com:2222/misua/a.git",
                "git.internal",
                "ssh://git@git.internal/misua/a.git",
                "git.internal",
            ],
            ["misua@octocorp.ghe.com:misua/a.git", "10.0.0.1:22", "ssh://misua@10.0.0.1:22/misua/a.git", "10.0.0.1"],
            ["git@github.com:misua/a.git", "[fd00::1]:443", "ssh://git@[fd00::1]:443/misua/a.git", "[fd00::1]:443"],
        ] as const) {
            it(`reads ${url} at ${sshHost}, and knows that host`, async () => {
                const credential = of({ kind: "deployKey", generation: 1 }, { address: addressAt(url), sshHost });
                assert.equal(await value(credential.url), expected);
                // The policy for sources allows this address.
                assert.equal(await value(pulumi.output(credential.sshUrl)), expected);
                assert.equal((await known(credential.data)).known_hosts, `${known_hosts} ssh-ed25519 AAAA\n`);
            });
        }

        it("reads a public repository where it is, whatever the SSH host is", async () => {
            const url = "https://github.com/stefanprodan/podinfo";
            const address = { sshUrl: url, httpUrl: url };
            const read = of({ kind: "deployKey", generation: 1 }, { repository: undefined, address, sshHost: "h:1" });
            assert.deepEqual([await value(read.url), read.sshUrl], [url, url]);
        });

        it("writes the host and port of the SSH URL into known_hosts", async () => {
            const address = addressAt("ssh://git@github.example.com:2222/misua/fluxcd-apps.git");
            const { data } = of({ kind: "deployKey", generation: 1 }, { address });
            assert.equal((await known(data)).known_hosts, "[github.example.com]:2222 ssh-ed25519 AAAA\n");
        });
    });

    describe("for a deploy key, by access", () => {
        for (const [access, readOnly] of [
            ["read", true],
            ["write", false],
        ] as const) {
            it(`${access}: creates a key that ${readOnly ? "can only read" : "can also push"}`, async () => {
                of({ kind: "deployKey", generation: 1 }, { access });
                await settled();
                assert.equal(engine.one(deployKey, "apps-deploy-key-key").inputs.readOnly, readOnly);
            });
        }
    });

    it("creates the deploy key after the repository that the same run creates", async () => {
        const made = new Repository("fluxcd-apps", {
            repository: "fluxcd-apps",
            mode: "manage",
            found: undefined,
            plan: {
                repository: "create",
                hasContent: true,
                branch: "main",
                branchRules: undefined,
                immutableTagPrefixes: [],
            },
            description: "The apps",
            visibility: "private",
            scaffold: "scaffold/fluxcd-apps",
            branchProtection: undefined,
            immutableTagPrefixes: [],
            hooks: hooks(),
        });
        of({ kind: "deployKey", generation: 1 }, { repository: made.name, address: made });
        await settled();
        const { dependsOn } = engine.one(deployKey, "apps-deploy-key-key").options as { dependsOn: string[] };
        assert.ok(dependsOn.includes("fluxcd-apps-repository"), dependsOn.join(", "));
    });

    it("gives a source of the same owner its own read-only deploy key for another repository", async () => {
        const address = {
            sshUrl: "git@github.com:misua/platform.git",
            httpUrl: "https://github.com/misua/platform.git",
        };
        const credential = of({ kind: "deployKey", generation: 1 }, { repository: "platform", address });
        source({ name: "own", repository: "platform" }, { credential });
        await settled();
        const { repository, readOnly, title } = engine.one(deployKey, "apps-deploy-key-key").inputs;
        assert.deepEqual(
            { repository, readOnly, title },
            { repository: "platform", readOnly: true, title: "flux-dev" },
        );
        const { url, secretRef } = engine.one(gitRepository, "own-source").inputs.spec as Record<string, unknown>;
        assert.equal(url, "ssh://git@github.com/misua/platform.git");
        assert.deepEqual(secretRef, { name: "own-secret-1a2b3c4d" });
        assert.equal(engine.ofType(secretType).length, 1);
    });

    for (const identity of [
        { kind: "deployKey", generation: 1 },
        { kind: "token" },
        { kind: "githubApp", appId: 12, installationId: 34 },
    ] as const) {
        it(`with identity ${identity.kind}, creates nothing if everybody may read the repository`, async () => {
            const url = "https://github.com/stefanprodan/podinfo";
            const read = of(identity, { repository: undefined, address: { sshUrl: url, httpUrl: url } });
            await settled();
            assert.deepEqual(children(), []);
            assert.deepEqual([read.data, read.provider], [undefined, undefined]);
            assert.equal(await value(read.url), url);
        });
    }

    it("has no secret among its inputs, for a token and for a GitHub App", async () => {
        of({ kind: "token" });
        of({ kind: "githubApp", appId: 12, installationId: 34 });
        await settled();
        const shown = engine.ofType("fluxcd:github:Credential").map(({ inputs }) => inputs);
        const rest = { repository: "fluxcd-apps", title: "flux-dev", access: "read" };
        assert.deepEqual(shown, [
            { identity: "token", ...rest },
            { identity: "githubApp", ...rest },
        ]);
    });

    describe("for a token", () => {
        it("returns an HTTPS URL and the token, and creates nothing on GitHub", async () => {
            const { url, data, provider } = of({ kind: "token" });
            await settled();
            assert.deepEqual(children(), []);
            assert.equal(await value(url), "https://github.com/misua/fluxcd-apps.git");
            assert.equal(provider, undefined);
            assert.deepEqual(await known(data), { username: "x-access-token", password: "the secret" });
            assert.equal(await pulumi.isSecret(pulumi.output(data?.password)), true);
        });
    });

    describe("for a GitHub App", () => {
        it("returns the App's private key for Flux to create tokens with, and creates nothing on GitHub", async () => {
            const { url, data, provider } = of({ kind: "githubApp", appId: 12, installationId: 34 });
            await settled();
            assert.deepEqual(children(), []);
            assert.equal(await value(url), "https://github.com/misua/fluxcd-apps.git");
            assert.equal(provider, "github");
            assert.deepEqual(await known(data), {
                githubAppID: "12",
                githubAppInstallationID: "34",
                githubAppPrivateKey: "the secret",
            });
            assert.equal(await pulumi.isSecret(pulumi.output(data?.githubAppPrivateKey)), true);
        });

        it("includes the owner of the installation, and the API address of a GitHub Enterprise Server", async () => {
            const baseUrl = "https://github.example.com/";
            const github = { baseUrl };
            const { data } = of({ kind: "githubApp", appId: 12, installationOwner: "misua" }, { github });
            assert.deepEqual(await known(data), {
                githubAppID: "12",
                githubAppInstallationOwner: "misua",
                githubAppPrivateKey: "the secret",
                githubAppBaseURL: "https://github.example.com/api/v3",
            });
        });
    });
});

function addressAt(sshUrl: string): Address {
    return {
        sshUrl: pulumi.output(sshUrl),
        httpUrl: pulumi.output("https://github.com/misua/fluxcd-apps.git"),
    };
}
