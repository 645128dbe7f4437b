import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import type { Ref } from "../../domain/release";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { gitRepository, podinfo, secretType, source } from "../support/fluxObjects";
import { settled } from "../support/program";

describe("Source", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const inputs = (name = "apps-source") =>
        engine.one(gitRepository, name).inputs as {
            metadata: { annotations: Record<string, string>; [field: string]: unknown };
            spec: Record<string, unknown>;
        };
    const waitFor = (name?: string) => inputs(name).metadata.annotations["pulumi.com/waitFor"];
    const object = "GitRepository apps";

    const refs: Ref[] = [{ branch: "main" }, { tag: "prod-v1.2.3" }, { semver: ">=1.0.0" }, { commit: "a".repeat(40) }];
    for (const ref of refs) {
        it(`writes one ref field: ${JSON.stringify(ref)}`, async () => {
            source({ ref });
            await settled();
            assert.deepEqual(inputs().spec.ref, ref);
        });
    }

    it("leaves the commit that a tag points to out of the ref, where Flux would prefer it to the tag", async () => {
        const found = { ref: { tag: "prod-v1.2.3", commit: "a".repeat(40) } };
        const made = source({ ref: { tag: "prod-v1.2.3" } }, { found });
        await settled();
        assert.deepEqual(inputs().spec.ref, { tag: "prod-v1.2.3" });
        assert.deepEqual(made.ref, found.ref);
    });

    it("has the ref of its settings where this run makes its repository", async () => {
        const made = source({ ref: { branch: "main" } }, { found: undefined });
        await settled();
        assert.deepEqual(made.ref, { branch: "main" });
    });

    it("that the stack suspends is stopped, and not waited for, as Flux reports nothing of it", async () => {
        source({ ref: { tag: "prod-v1.2.3" }, suspend: true });
        await settled();
        assert.equal(inputs().spec.suspend, true);
        assert.equal(waitFor(), undefined);
    });

    it("says nothing of a suspension that is not, so that taking it away takes the field away", async () => {
        source({ ref: { tag: "prod-v1.2.3" } });
        await settled();
        assert.equal("suspend" in inputs().spec, false);
    });

    it("says that Flux goes on if the stack file does, also where somebody has stopped it by hand", async () => {
        source({ ref: { tag: "prod-v1.2.3" }, suspend: false }, { suspended: new Set([object]) });
        await settled();
        assert.equal(inputs().spec.suspend, false);
        assert.match(waitFor() ?? "", /^\["condition=Ready",/);
    });

    it("does not wait for what somebody has suspended by hand, and declares nothing of that", async () => {
        source({ ref: { tag: "prod-v1.2.3" } }, { suspended: new Set([object]) });
        await settled();
        assert.equal("suspend" in inputs().spec, false);
        assert.equal("pulumi.com/waitFor" in inputs().metadata.annotations, false);
    });

    it("waits where it is another object that somebody has suspended by hand", async () => {
        source({}, { suspended: new Set(["GitRepository infrastructure", "Kustomization apps"]) });
        await settled();
        assert.match(waitFor() ?? "", /^\["condition=Ready",/);
    });

    it("of everybody is read without a Secret, and waited for twice as long as Flux gives a fetch", async () => {
        source(podinfo);
        await settled();
        const { annotations, ...metadata } = inputs("podinfo-source").metadata;
        assert.deepEqual(metadata, { name: "podinfo", namespace: "flux-system" });
        assert.equal(Object.keys(annotations).length, 2);
        assert.equal(annotations["pulumi.com/timeoutSeconds"], "60");
        assert.equal((JSON.parse(waitFor("podinfo-source") ?? "") as string[])[0], "condition=Ready");
        assert.deepEqual(inputs("podinfo-source").spec, {
            url: "https://github.com/stefanprodan/podinfo",
            ref: { tag: "6.11.0" },
            interval: "2m",
            timeout: "30s",
        });
        assert.deepEqual(engine.ofType(secretType), []);
    });

    it("hands Flux the credential as a secret that never changes, under a name of its own", async () => {
        source();
        await settled();
        const secret = engine.one(secretType, "apps-secret");
        assert.deepEqual(secret.inputs, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { namespace: "flux-system" },
            immutable: true,
            stringData: { ...secretEnvelope, value: { identity: "the private key" } },
        });
        assert.deepEqual(inputs().spec.secretRef, { name: "apps-secret-1a2b3c4d" });
        assert.ok(!JSON.stringify(engine.one("fluxcd:flux:Source", "apps").inputs).includes("the private key"));
        assert.equal(engine.ofType(secretType).length, 1);
    });

    it("tells Flux who makes the token of a GitHub App, and nothing otherwise", async () => {
        const url = pulumi.output("https://github.com/misua/fluxcd-apps.git");
        source();
        source({ name: "of-an-app" }, { credential: { url, data: {}, provider: "github", readable: [] } });
        await settled();
        assert.equal(inputs("of-an-app-source").spec.provider, "github");
        assert.equal("provider" in inputs().spec, false);
    });

    it("is of the shard, and labelled with none otherwise", async () => {
        source();
        source({ name: "sharded", shard: "shard1" });
        await settled();
        assert.deepEqual(inputs("sharded-source").metadata.labels, { "sharding.fluxcd.io/key": "shard1" });
        assert.equal("labels" in inputs().metadata, false);
    });

    it("waits until the object is seen with what changes no generation, its shard and its timeout", async () => {
        source();
        source({ name: "same" });
        source({ name: "sharded", shard: "shard1" });
        source({ name: "slow", timeout: "9m" });
        await settled();
        const [one, same, ...others] = ["apps", "same", "sharded", "slow"].map(
            (name) => /'([0-9a-f]{8})'/.exec(waitFor(`${name}-source`) ?? "")?.[1],
        );
        assert.equal(one, same);
        assert.equal(new Set([one, ...others]).size, 3, others.join(" "));
        assert.ok(![one, ...others].includes(undefined));
    });

    it("asks Flux why when it has not fetched", async () => {
        source();
        await settled();
        assert.deepEqual(engine.errorHooksOf(gitRepository, "apps-source"), ["fluxcd:explainFluxErrors"]);
    });
});
