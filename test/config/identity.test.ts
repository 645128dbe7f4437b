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
