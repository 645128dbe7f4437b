import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { appliedRevision } from "../../components/revision";
import { seconds } from "../../domain/duration";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { settled } from "../support/program";
import { gitRepository, kustomization, startFluxWorld, sync } from "../support/sync";
import type { World } from "../support/world";

describe("Sync", () => {
    let engine: Engine;
    let world: World;

    beforeEach(async () => {
        engine = await startEngine();
        world = await startFluxWorld();
    });
    afterEach(() => world.close());

    const spec = (type: string, name: string) => engine.one(type, name).inputs.spec as Record<string, unknown>;
    const annotations = (type: string, name: string) =>
        (engine.one(type, name).inputs.metadata as { annotations: Record<string, string> }).annotations;

    for (const ref of [{ branch: "main" }, { tag: "prod-v1.2.3" }]) {
        it(`writes one ref field: ${JSON.stringify(ref)}`, async () => {
            sync(ref);
            await settled();
            assert.deepEqual(spec(gitRepository, "apps-source").ref, ref);
        });
    }

    it("leaves a pinned commit out of the ref, where Flux would prefer it to the tag", async () => {
        sync({ tag: "prod-v1.2.3", commit: "a".repeat(40) });
        await settled();
        assert.deepEqual(spec(gitRepository, "apps-source").ref, { tag: "prod-v1.2.3" });
    });

    describe("that is suspended", () => {
        beforeEach(async () => {
            sync({ tag: "prod-v1.2.3" }, undefined, { suspend: true });
            await settled();
        });

        it("stops the source and the Kustomization", () => {
            assert.equal(spec(gitRepository, "apps-source").suspend, true);
            assert.equal(spec(kustomization, "apps-kustomization").suspend, true);
        });

        it("waits for neither, as Flux reports nothing of them", () => {
            assert.equal(annotations(gitRepository, "apps-source")["pulumi.com/waitFor"], undefined);
            assert.equal(annotations(kustomization, "apps-kustomization")["pulumi.com/waitFor"], undefined);
        });
    });

    it("says nothing of a suspension that is not, so that taking it away takes the field away", async () => {
        sync({ tag: "prod-v1.2.3" });
        await settled();
        assert.equal("suspend" in spec(gitRepository, "apps-source"), false);
        assert.equal("suspend" in spec(kustomization, "apps-kustomization"), false);
    });

    it("says that Flux goes on if the stack file does, also where somebody has stopped it by hand", async () => {
        sync({ tag: "prod-v1.2.3" }, undefined, { suspend: false, suspended: new Set(["GitRepository fluxcd-apps"]) });
        await settled();
        assert.equal(spec(gitRepository, "apps-source").suspend, false);
        assert.equal(spec(kustomization, "apps-kustomization").suspend, false);
        assert.match(annotations(gitRepository, "apps-source")["pulumi.com/waitFor"] ?? "", /^\["condition=Ready",/);
    });

    for (const [object, type, name] of [
        ["GitRepository fluxcd-apps", gitRepository, "apps-source"],
        ["Kustomization apps", kustomization, "apps-kustomization"],
    ] as const) {
        it(`does not wait for what somebody has suspended by hand, and declares nothing of that: ${object}`, async () => {
            sync({ tag: "prod-v1.2.3" }, undefined, { suspended: new Set([object]) });
            await settled();
            assert.equal("suspend" in spec(type, name), false);
            assert.equal("pulumi.com/waitFor" in annotations(type, name), false);
        });
    }

    it("orphans the workloads on deletion, prunes, waits, and comes after what it needs", async () => {
        sync({ branch: "main" });
        await settled();
        assert.deepEqual(spec(kustomization, "apps-kustomization"), {
            sourceRef: { kind: "GitRepository", name: "fluxcd-apps" },
            path: "./apps/overlays/dev",
            interval: "5m",
            retryInterval: "2m",
            timeout: "3m",
            prune: true,
            wait: true,
            deletionPolicy: "Orphan",
            dependsOn: [{ name: "infrastructure" }],
        });
    });

    it("gives Flux the variables to substitute", async () => {
        sync({ branch: "main" }, undefined, { substitute: { CLUSTER_NAME: "eu-1" } });
        await settled();
        assert.deepEqual(spec(kustomization, "apps-kustomization").postBuild, { substitute: { CLUSTER_NAME: "eu-1" } });
    });

    it("applies as the service account given, and names none otherwise", async () => {
        sync({ branch: "main" });
        sync({ branch: "main" }, "apps-reconciler");
        await settled();
        const accounts = engine
            .ofType(kustomization)
            .map(({ inputs }) => inputs.spec as Record<string, unknown> | undefined);
        assert.deepEqual(
            accounts.filter(Boolean).map((it) => it?.serviceAccountName),
            [undefined, "apps-reconciler"],
        );
    });

    it("gives the source and the Kustomization to the shard, and labels them with none otherwise", async () => {
        sync({ branch: "main" });
        sync({ branch: "main" }, undefined, { shard: "shard1" });
        await settled();
        for (const type of [gitRepository, kustomization]) {
            const labels = engine
                .ofType(type)
                .filter(({ inputs }) => inputs.spec !== undefined)
                .map(({ inputs }) => (inputs.metadata as { labels?: object }).labels);
            assert.deepEqual(labels, [undefined, { "sharding.fluxcd.io/key": "shard1" }]);
        }
    });

    it("hands Flux the credential as a secret that never changes, under a name of its own", async () => {
        sync({ branch: "main" });
        await settled();
        const { inputs } = engine.one("kubernetes:core/v1:Secret", "apps-secret");
        assert.deepEqual(inputs, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { namespace: "flux-system" },
            immutable: true,
            stringData: { ...secretEnvelope, value: { identity: "the private key" } },
        });
        assert.ok(!JSON.stringify(engine.one("fluxcd:flux:Sync", "apps").inputs).includes("the private key"));
    });

    it("tells Flux who makes the token of a GitHub App, and nothing otherwise", async () => {
        const url = pulumi.output("https://github.com/misua/fluxcd-apps.git");
        sync({ branch: "main" });
        sync({ branch: "main" }, undefined, { credential: { url, data: {}, provider: "github" } });
        await settled();
        const specs = engine
            .ofType(gitRepository)
            .map(({ inputs }) => inputs.spec as { provider?: string } | undefined);
        assert.deepEqual(
            specs.filter(Boolean).map((it) => it?.provider),
            [undefined, "github"],
        );
    });

    it("waits for the revision asked for, and no longer than the timeout", async () => {
        sync({ tag: "prod-v1.2.3" });
        await settled();
        const { annotations } = engine.one(kustomization, "apps-kustomization").inputs.metadata as {
            annotations: Record<string, string>;
        };
        const { "pulumi.com/waitFor": waitFor = "", ...rest } = annotations;
        assert.deepEqual(rest, { "pulumi.com/timeoutSeconds": "180" });
        const [revision, seen, ...more] = JSON.parse(waitFor) as string[];
        assert.equal(
            revision,
            "jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, 'prod-v1[.]2[.]3@sha1:.*')]}",
        );
        assert.match(
            seen ?? "",
            /^jsonpath=\{\[\?@\.annotations\['pulumi\.com\/waitFor'\] && search\(@\.annotations\['pulumi\.com\/waitFor'\], '[0-9a-f]{8}'\)\]\}$/,
        );
        assert.deepEqual(more, []);
    });

    it("waits until the object is seen with what changes no generation: its shard, its timeout and what it waits for", async () => {
        sync({ branch: "main" });
        sync({ branch: "main" });
        sync({ branch: "main" }, undefined, { shard: "shard1" });
        sync({ branch: "main" }, undefined, { timeout: "9m" });
        sync({ branch: "release" });
        await settled();
        const words = engine
            .ofType(kustomization)
            .map(({ inputs }) => inputs.metadata as { annotations: Record<string, string> } | undefined)
            .filter((metadata) => metadata !== undefined)
            .map(({ annotations }) => /'([0-9a-f]{8})'/.exec(annotations["pulumi.com/waitFor"] ?? "")?.[1]);
        assert.equal(words.length, 5);
        assert.equal(words[0], words[1]);
        assert.equal(new Set(words).size, 4, words.join(" "));
        assert.ok(!words.includes(undefined));
    });
});

describe("appliedRevision", () => {
    it("names the commit where one is pinned", () => {
        assert.match(appliedRevision({ tag: "prod-v1.2.3", commit: "abc" }), /'prod-v1\[\.\]2\[\.\]3@sha1:abc'/);
    });

    it("has neither = nor } inside, which pulumi-kubernetes would stop at", () => {
        const expression = appliedRevision({ branch: "release/1.2" })
            .replace(/^jsonpath=\{/, "")
            .replace(/\}$/, "");
        assert.doesNotMatch(expression, /[=}]/);
    });
});

describe("seconds", () => {
    for (const [duration, expected] of [
        ["30s", 30],
        ["5m", 300],
        ["1h30m", 5400],
    ] as const) {
        it(`of ${duration} is ${expected}`, () => {
            assert.equal(seconds(duration), expected);
        });
    }
});
