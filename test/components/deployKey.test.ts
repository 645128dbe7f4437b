import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import { DeployKey, keyPair } from "../../components/deployKey";
import { seedOf } from "../../components/drawnSecret";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { hooks } from "../support/fluxObjects";
import { settled, value } from "../support/program";

describe("DeployKey", () => {
    let engine: Engine;
    const args = () => ({ repository: "fluxcd-apps", title: "flux-dev", generation: 3, hooks: hooks() });

    beforeEach(async () => {
        engine = await startEngine();
    });

    it("is read-only by default, and treats the public key as a secret, like everything derived from the seed", async () => {
        const key = new DeployKey("apps-deploy-key", args());
        await settled();
        const { inputs } = engine.one("github:index/repositoryDeployKey:RepositoryDeployKey", "apps-deploy-key-key");
        assert.equal(inputs.readOnly, true);
        assert.deepEqual(inputs.key, { ...secretEnvelope, value: await value(key.publicKey) });
        assert.equal(await pulumi.isSecret(key.privateKey), true);
        const seed = engine.one("random:index/randomPassword:RandomPassword", "apps-deploy-key-seed");
        assert.deepEqual(seed.inputs, { length: 64, special: false, keepers: { generation: "3" } });
    });

    it("creates the new key before deleting the old one", async () => {
        new DeployKey("apps-deploy-key", args());
        await settled();
        const { options } = engine.one("github:index/repositoryDeployKey:RepositoryDeployKey", "apps-deploy-key-key");
        assert.equal(options.deleteBeforeReplace, false);
    });

    it("draws its seed only from a RandomPassword, whose ID does not reveal the value", async () => {
        new DeployKey("apps-deploy-key", args());
        await settled();
        const drawn = engine.registered.filter(({ type }) => type.startsWith("random:"));
        assert.deepEqual(
            drawn.map(({ type }) => type),
            ["random:index/randomPassword:RandomPassword"],
        );
    });

    it("derives the same seed from the same secret, and a different seed from a different secret", () => {
        const secret = "a".repeat(64);
        assert.equal(seedOf(secret).length, 32);
        assert.deepEqual(seedOf(secret), seedOf(secret));
        assert.notDeepEqual(seedOf(secret), seedOf("b".repeat(64)));
        // HKDF-SHA256 without a salt, so that a later version derives the same key.
        assert.equal(
            seedOf(secret).toString("hex"),
            "6e2ea976c2d9a2cc222648380c2fd1384394f0e26121d83ff2d098b43a18c70f",
        );
    });

    // https://www.rfc-editor.org/rfc/rfc8032#section-7.1 test 1
    it("derives the key pair that RFC 8032 lists for a seed", () => {
        const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        const point = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        const { privateKey, publicKey } = keyPair(Buffer.from(seed, "hex"));
        const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
        assert.equal(publicKey.split(" ").length, 2);
        assert.equal(blob.subarray(-32).toString("hex"), point);
        const pem = createPrivateKey(privateKey);
        const text = Buffer.from("a commit");
        assert.ok(verify(null, text, createPublicKey(pem), sign(null, text, pem)));
    });
});
