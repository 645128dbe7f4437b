import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { credential, type CredentialArgs } from "../../components/credential";
import type { Identity } from "../../config";
import { type Engine, startEngine } from "../support/engine";
import { settled, value } from "../support/program";

describe("credential", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const of = (identity: Identity, more: Partial<CredentialArgs> = {}) =>
        credential("apps", {
            identity,
            secret: pulumi.secret("the secret"),
            repository: repositoryAt("git@github.com:misua/fluxcd-apps.git"),
            title: "flux-dev",
            sshHostKeys: ["ssh-ed25519 AAAA"],
            baseUrl: "https://api.github.com/",
            ...more,
        });
    const known = async (data: Readonly<Record<string, pulumi.Input<string>>>) =>
        Object.fromEntries(
            await Promise.all(Object.entries(data).map(async ([key, it]) => [key, await value(pulumi.output(it))])),
        ) as Record<string, string>;

    describe("of a deploy key", () => {
        it("makes the key, and opens the repository over SSH with it", async () => {
            const { url, data, provider } = of({ kind: "deployKey", generation: 2 });
            await settled();
            const { inputs } = engine.one(
                "github:index/repositoryDeployKey:RepositoryDeployKey",
                "apps-deploy-key-key",
            );
            const { repository, title } = inputs;
            assert.deepEqual({ repository, title }, { repository: "fluxcd-apps", title: "flux-dev" });
            assert.equal(await value(url), "ssh://git@github.com/misua/fluxcd-apps.git");
            assert.equal(provider, undefined);
            assert.deepEqual(Object.keys(data), ["identity", "identity.pub", "known_hosts"]);
            assert.equal(await pulumi.isSecret(pulumi.output(data.identity)), true);
            assert.equal((await known(data)).known_hosts, "github.com ssh-ed25519 AAAA\n");
        });

        it("knows the host as it stands in the URL", async () => {
            const repository = repositoryAt("ssh://git@github.example.com:2222/misua/fluxcd-apps.git");
            const { data } = of({ kind: "deployKey", generation: 1 }, { repository });
            assert.equal((await known(data)).known_hosts, "[github.example.com]:2222 ssh-ed25519 AAAA\n");
        });
    });

    describe("of a token", () => {
        it("opens the repository over HTTPS, and makes nothing on GitHub", async () => {
            const { url, data, provider } = of({ kind: "token" });
            await settled();
            assert.deepEqual(engine.registered, []);
            assert.equal(await value(url), "https://github.com/misua/fluxcd-apps.git");
            assert.equal(provider, undefined);
            assert.deepEqual(await known(data), { username: "x-access-token", password: "the secret" });
            assert.equal(await pulumi.isSecret(pulumi.output(data.password)), true);
        });
    });

    describe("of a GitHub App", () => {
        it("lets Flux make the tokens itself, and makes nothing on GitHub", async () => {
            const { url, data, provider } = of({ kind: "githubApp", appId: 12, installationId: 34 });
            await settled();
            assert.deepEqual(engine.registered, []);
            assert.equal(await value(url), "https://github.com/misua/fluxcd-apps.git");
            assert.equal(provider, "github");
            assert.deepEqual(await known(data), {
                githubAppID: "12",
                githubAppInstallationID: "34",
                githubAppPrivateKey: "the secret",
            });
            assert.equal(await pulumi.isSecret(pulumi.output(data.githubAppPrivateKey)), true);
        });

        it("names the owner of the installation, and the API of a GitHub Enterprise Server", async () => {
            const baseUrl = "https://github.example.com/";
            const { data } = of({ kind: "githubApp", appId: 12, installationOwner: "misua" }, { baseUrl });
            assert.deepEqual(await known(data), {
                githubAppID: "12",
                githubAppInstallationOwner: "misua",
                githubAppPrivateKey: "the secret",
                githubAppBaseURL: "https://github.example.com/api/v3",
            });
        });
    });
});

function repositoryAt(sshUrl: string): CredentialArgs["repository"] {
    return {
        name: "fluxcd-apps",
        sshUrl: pulumi.output(sshUrl),
        httpUrl: pulumi.output("https://github.com/misua/fluxcd-apps.git"),
    };
}
