import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { identitySecret, readConfig } from "../../config";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ format: "pem", type: "pkcs1" })
    .toString();
const app = { kind: "githubApp", appId: 12, installationId: 34 };

describe("fluxcd:identity", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    async function configOf(identity: object | undefined, secrets: Readonly<Record<string, string>> = {}) {
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", identity && { "fluxcd:identity": identity }, secrets);
        return readConfig();
    }

    it("is a deploy key of generation 1 by default, and needs no secret", async () => {
        const { identity } = await configOf(undefined);
        assert.deepEqual(identity, { kind: "deployKey", generation: 1 });
        assert.equal(identitySecret({ identity }), "");
        assert.deepEqual((await configOf({ kind: "deployKey", generation: 2 })).identity, {
            kind: "deployKey",
            generation: 2,
        });
    });

    it("reads the token as text, even if the secret looks like a number", async () => {
        const { identity } = await configOf({ kind: "token" }, { "fluxcd:gitToken": "123456" });
        assert.deepEqual(identity, { kind: "token" });
        assert.equal(identitySecret({ identity }), "123456");
    });

    it("reads the private key of a GitHub App, and keeps it outside the configuration", async () => {
        const owned = { kind: "githubApp", appId: 12, installationOwner: "misua" };
        const config = await configOf(owned, { "fluxcd:githubAppPrivateKey": privateKey });
        assert.deepEqual(config.identity, owned);
        assert.equal(identitySecret(config), privateKey);
        assert.ok(!JSON.stringify(config).includes("PRIVATE KEY"));
    });

    it("takes the private key of a GitHub App from a file of another system or editor", async () => {
        for (const given of [`\uFEFF${privateKey}`, `\n\n${privateKey}`, privateKey.replaceAll("\n", "\r\n")]) {
            const config = await configOf(app, { "fluxcd:githubAppPrivateKey": given });
            assert.ok(identitySecret(config).startsWith("-----BEGIN RSA PRIVATE KEY-----"));
        }
    });

    for (const [key, overrides] of [
        ["github:token", { "github:token": "0123456789abcdef0123456789abcdef01234567" }],
        ["fluxcd:githubToken", { "fluxcd:githubToken": "0123456789abcdef0123456789abcdef01234567" }],
        ["fluxcd:identity.token", { "fluxcd:identity": { kind: "token", token: "0123456789abcdef0123" } }],
        ["fluxcd:identity.privateKey", { "fluxcd:identity": { ...app, privateKey: "0123456789abcdef0123" } }],
        ["fluxcd:gitToken", { "fluxcd:identity": { kind: "token" }, "fluxcd:gitToken": "0123456789abcdef0123" }],
        ["fluxcd:commitStatusToken", { "fluxcd:commitStatus": "token", "fluxcd:commitStatusToken": "0123456789ab" }],
    ] as const) {
        it(`never shows a token that is in the stack file as ${key}, of whatever form`, async () => {
            await startEngine("dev");
            useStackFile("Pulumi.dev.yaml", overrides);
            assert.throws(
                () => readConfig(),
                (error: Error) => {
                    refusal(key, "")(error);
                    assert.ok(!error.message.includes("0123456"), error.message);
                    return true;
                },
            );
        });
    }

    it("is refused if the private key of the GitHub App is not an RSA key in PEM", async () => {
        const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
        for (const wrong of ["not a key", privateKey.slice(0, 200), ed25519]) {
            const wanted = refusal("fluxcd:githubAppPrivateKey", "is not an RSA private key in PEM");
            await assert.rejects(configOf(app, { "fluxcd:githubAppPrivateKey": wrong }), wanted);
        }
    });

    it("is refused with an unknown kind, and the error lists the known kinds", async () => {
        const wanted = refusal("fluxcd:identity.kind", "\n    expected one of deployKey, token, githubApp\n");
        await assert.rejects(configOf({ kind: "password" }), wanted);
    });

    for (const [identity, key, known] of [
        [{ kind: "deployKey", appId: 12 }, "appId", "kind, generation"],
        [{ kind: "token", generation: 2 }, "generation", "kind"],
        [{ ...app, generation: 2 }, "generation", "kind, appId, installationId, installationOwner"],
    ] as const) {
        it(`is refused with ${key} if the kind is ${identity.kind}, and the error lists the known keys`, async () => {
            const says = `\n    there is no such key; expected one of ${known}\n`;
            await assert.rejects(configOf(identity), refusal(`fluxcd:identity.${key}`, says));
        });
    }
});
