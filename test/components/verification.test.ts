import assert from "node:assert/strict";

import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { gitRepository, secretType, source } from "../support/fluxObjects";
import { settled } from "../support/program";
import { pgpKey, sshKey } from "../support/publicKeys";

describe("Source", () => {
    let engine: Engine;
    const ref = { tag: "prod-v1.2.3" };
    const spec = (type: string, name: string) => engine.one(type, name).inputs.spec as Record<string, unknown>;

    beforeEach(async () => {
        engine = await startEngine();
    });

    describe("that verifies signatures", () => {
        const keys = [sshKey, pgpKey];
        const ignore = () => spec(gitRepository, "apps-source").ignore;

        it("has the mode and a Secret with the public keys, each named by its type", async () => {
            source({ ref, verify: { mode: "Tag", keys } });
            await settled();
            const { inputs } = engine.one(secretType, "apps-verification-keys");
            assert.deepEqual(inputs.metadata, { name: "apps-verification", namespace: "flux-system" });
            // Kubernetes would keep a key that is gone from stringData.
            assert.deepEqual(inputs.data, {
                ...secretEnvelope,
                value: { "1.sshpub": btoa(`${sshKey}\n`), "2.asc": btoa(pgpKey) },
            });
            assert.equal(inputs.stringData, undefined);
            const verify = { mode: "Tag", secretRef: { name: "apps-verification" } };
            assert.deepEqual(spec(gitRepository, "apps-source").verify, verify);
        });

        it("makes Flux verify again if the keys or the mode change", async () => {
            const rules: unknown[] = [];
            for (const verify of [
                { mode: "Tag", keys },
                { mode: "Tag", keys: [sshKey] },
                { mode: "TagAndHEAD", keys: [sshKey] },
                { mode: "Tag", keys },
            ] as const) {
                engine = await startEngine();
                source({ ref, verify: { mode: verify.mode, keys: [...verify.keys] } });
                await settled();
                rules.push(ignore());
            }
            assert.equal(new Set(rules).size, 3);
            assert.equal(rules[3], rules[0]);
            for (const rule of rules) {
                assert.match(String(rule), /^# .+$/, "anything but a comment would exclude files");
            }
        });
    });

    it("without verification in its settings, has no verify field and no Secret of keys", async () => {
        source({ ref });
        await settled();
        const { verify, ignore } = spec(gitRepository, "apps-source");
        assert.deepEqual([verify, ignore], [undefined, undefined]);
        assert.equal(engine.ofType(secretType).length, 1);
    });
});
