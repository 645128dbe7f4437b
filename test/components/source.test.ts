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
        it(`writes exactly one ref field for ${JSON.stringify(ref)}`, async () => {
            source({ ref });
            await settled();
            assert.deepEqual(inputs().spec.ref, ref);
        });
    }

    it("leaves the commit of a tag out of the ref, because Flux would prefer the commit to the tag", async () => {
        const found = { ref: { tag: "prod-v1.2.3", commit: "a".repeat(40) } };
        const made = source({ ref: { tag: "prod-v1.2.3" } }, { found });
        await settled();
        assert.deepEqual(inputs().spec.ref, { tag: "prod-v1.2.3" });
        assert.deepEqual(made.ref, found.ref);
    });

    it("uses the ref of its settings if this run creates the repository", async () => {
        const made = source({ ref: { branch: "main" } }, { found: undefined });
        await settled();
        assert.deepEqual(made.ref, { branch: "main" });
    });

    it("with suspend: true in the stack file, is suspended and not waited for", async () => {
        source({ ref: { tag: "prod-v1.2.3" }, suspend: true });
        await settled();
        assert.equal(inputs().spec.suspend, true);
        assert.equal(waitFor(), undefined);
    });

    it("without suspend in the stack file, has no suspend field", async () => {
        source({ ref: { tag: "prod-v1.2.3" } });
        await settled();
        assert.equal("suspend" in inputs().spec, false);
    });

    it("with suspend: false in the stack file, is resumed and waited for, even if suspended by hand", async () => {
        source({ ref: { tag: "prod-v1.2.3" }, suspend: false }, { suspended: new Set([object]) });
        await settled();
        assert.equal(inputs().spec.suspend, false);
        assert.match(waitFor() ?? "", /^\["condition=Ready",/);
    });

    it("suspended by hand, is not waited for and gets no suspend field", async () => {
        source({ ref: { tag: "prod-v1.2.3" } }, { suspended: new Set([object]) });
        await settled();
        assert.equal("suspend" in inputs().spec, false);
        assert.equal("pulumi.com/waitFor" in inputs().metadata.annotations, false);
    });

    it("is waited for if only another object is suspended by hand", async () => {
        source({}, { suspended: new Set(["GitRepository infrastructure", "Kustomization apps"]) });
        await settled();
        assert.match(waitFor() ?? "", /^\["condition=Ready",/);
    });

    it("for a public repository, creates no Secret, and waits for twice Flux's fetch timeout, first in the provider", async () => {
        source(podinfo);
        await settled();
        const { annotations, ...metadata } = inputs("podinfo-source").metadata;
        assert.deepEqual(metadata, { name: "podinfo", namespace: "flux-system" });
        assert.equal(Object.keys(annotations).length, 2);
        assert.equal(annotations["pulumi.com/timeoutSeconds"], "60");
        const made = engine.registered.find((it) => it.name === "podinfo-source");
        assert.deepEqual(made?.options.customTimeouts, { create: "15s" });
        assert.equal((JSON.parse(waitFor("podinfo-source") ?? "") as string[])[0], "condition=Ready");
        assert.deepEqual(inputs("podinfo-source").spec, {
            url: "https://github.com/stefanprodan/podinfo",
            ref: { tag: "6.11.0" },
            interval: "2m",
            timeout: "30s",
        });
        assert.deepEqual(engine.ofType(secretType), []);
    });

    it("creates an immutable Secret with a generated name for the credential", async () => {
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

    it("sets provider to github for a GitHub App, and sets no provider otherwise", async () => {
        const url = pulumi.output("https://github.com/misua/fluxcd-apps.git");
        source();
        source({ name: "of-an-app" }, { credential: { url, data: {}, provider: "github", readable: [] } });
        await settled();
        assert.equal(inputs("of-an-app-source").spec.provider, "github");
        assert.equal("provider" in inputs().spec, false);
    });

    it("has the shard label only if the settings name a shard", async () => {
        source();
        source({ name: "sharded", shard: "shard1" });
        await settled();
        assert.deepEqual(inputs("sharded-source").metadata.labels, { "sharding.fluxcd.io/key": "shard1" });
        assert.equal("labels" in inputs().metadata, false);
    });

    it("waits until Flux sees changes that do not raise the generation: shard and timeout", async () => {
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

    it("asks Flux for the reason if fetching fails", async () => {
        source();
        await settled();
        assert.deepEqual(engine.errorHooksOf(gitRepository, "apps-source"), ["fluxcd:waitForFlux"]);
    });
});
