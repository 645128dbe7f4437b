import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { applied, kustomization, secretType, source } from "../support/fluxObjects";
import { settled } from "../support/program";

describe("Kustomization", () => {
    let engine: Engine;
    const spec = (type: string, name: string) => engine.one(type, name).inputs.spec as Record<string, unknown>;

    beforeEach(async () => {
        engine = await startEngine();
    });

    describe("that decrypts", () => {
        const decrypting = async (identities: string) => {
            engine = await startEngine();
            applied(source(), { decryption: "age" }, { ageKeys: pulumi.secret(identities) });
            await settled();
            const { metadata, stringData } = engine.one(secretType, "apps-decryption-keys").inputs;
            return { metadata: metadata as { name: string }, stringData };
        };

        it("gives Flux the age identities in a Secret whose name does not reveal them", async () => {
            const { metadata, stringData } = await decrypting("AGE-SECRET-KEY-1");
            assert.deepEqual(stringData, { ...secretEnvelope, value: { "keys.agekey": "AGE-SECRET-KEY-1" } });
            assert.match(metadata.name, /^apps-decryption-[0-9a-f]{10}$/);
            assert.deepEqual(spec(kustomization, "apps-kustomization").decryption, {
                provider: "sops",
                secretRef: { name: metadata.name },
            });
            for (const type of ["fluxcd:flux:Source", "fluxcd:flux:Kustomization", "fluxcd:flux:DecryptionKeys"]) {
                assert.equal(engine.ofType(type).length, 1, type);
                assert.ok(!JSON.stringify(engine.ofType(type)).includes("AGE-SECRET-KEY"));
            }
        });

        it("names the Secret differently for different identities, so that Flux reads the new ones", async () => {
            const one = await decrypting("one");
            const other = await decrypting("other");
            assert.notEqual(one.metadata.name, other.metadata.name);
        });

        it("has its own Secret, also if two Kustomizations share a source", async () => {
            const apps = source();
            applied(apps, { name: "one", decryption: "age" });
            applied(apps, { name: "two", decryption: "age" });
            await settled();
            const names = ["one", "two"].map((name) => {
                const { metadata } = engine.one(secretType, `${name}-decryption-keys`).inputs as {
                    metadata: { name: string };
                };
                assert.deepEqual(spec(kustomization, `${name}-kustomization`).decryption, {
                    provider: "sops",
                    secretRef: { name: metadata.name },
                });
                return metadata.name;
            });
            assert.match(String(names[0]), /^one-decryption-/);
            assert.match(String(names[1]), /^two-decryption-/);
        });

        it("creates no Secret if a cloud KMS decrypts", async () => {
            applied(source(), { decryption: "kms" });
            await settled();
            assert.deepEqual(spec(kustomization, "apps-kustomization").decryption, { provider: "sops" });
            assert.equal(engine.ofType(secretType).length, 1);
        });
    });

    it("without decryption in its settings, has no decryption field and no Secret", async () => {
        applied(source());
        await settled();
        assert.equal("decryption" in spec(kustomization, "apps-kustomization"), false);
        assert.equal(engine.ofType(secretType).length, 1);
    });
});
