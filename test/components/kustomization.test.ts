import assert from "node:assert/strict";

import { Kustomization } from "../../components/kustomization";
import { mapInOrder } from "../../config";
import { type Engine, startEngine } from "../support/engine";
import { applied, appliedApps, kustomization, podinfo, source } from "../support/fluxObjects";
import { settled } from "../support/program";

const object = "Kustomization apps";

describe("Kustomization", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const inputs = (name = "apps") =>
        engine.one(kustomization, `${name}-kustomization`).inputs as {
            metadata: { annotations: Record<string, string>; [field: string]: unknown };
            spec: Record<string, unknown>;
        };
    const waitFor = (name?: string) => inputs(name).metadata.annotations["pulumi.com/waitFor"];
    /** What it waits for, before it is seen as this update has made it. */
    const revision = (name?: string) => (JSON.parse(waitFor(name) ?? "[undefined]") as (string | undefined)[])[0];
    const at = (tag: string) => source({ ref: { tag } });

    it("orphans workloads on deletion, prunes, waits for health, and depends on infrastructure", async () => {
        applied(source());
        await settled();
        assert.deepEqual(inputs().spec, {
            sourceRef: { kind: "GitRepository", name: "apps" },
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

    it("applies from a public source, with a target namespace and a service account", async () => {
        const more = { targetNamespace: "podinfo", serviceAccountName: "podinfo", dependsOn: ["infrastructure"] };
        applied(source(podinfo), { name: "web", path: "./kustomize", interval: "10m", retryInterval: "1m", ...more });
        await settled();
        const { annotations: _, ...metadata } = inputs("web").metadata;
        assert.deepEqual(metadata, { name: "web", namespace: "flux-system" });
        assert.deepEqual(inputs("web").spec, {
            sourceRef: { kind: "GitRepository", name: "podinfo" },
            path: "./kustomize",
            interval: "10m",
            retryInterval: "1m",
            timeout: "3m",
            prune: true,
            wait: true,
            deletionPolicy: "Orphan",
            targetNamespace: "podinfo",
            serviceAccountName: "podinfo",
            dependsOn: [{ name: "infrastructure" }],
        });
        assert.equal(
            revision("web"),
            "jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, '6[.]11[.]0@sha1:.*')]}",
        );
    });

    it("applies another folder of a source that already has a Kustomization", async () => {
        const apps = source();
        applied(apps);
        applied(apps, { name: "monitoring", path: "./monitoring" });
        await settled();
        assert.deepEqual(inputs("monitoring").spec.sourceRef, { kind: "GitRepository", name: "apps" });
        assert.equal(inputs("monitoring").spec.path, "./monitoring");
    });

    it("without dependencies, has no dependsOn field", async () => {
        applied(source(), { dependsOn: [] });
        await settled();
        assert.equal("dependsOn" in inputs().spec, false);
    });

    it("passes the substitution variables to Flux", async () => {
        applied(source(), { substitute: { CLUSTER_NAME: "eu-1" } });
        await settled();
        assert.deepEqual(inputs().spec.postBuild, { substitute: { CLUSTER_NAME: "eu-1" } });
    });

    it("sets serviceAccountName only if the settings name a service account", async () => {
        applied(source());
        applied(source({ name: "others" }), { name: "others", serviceAccountName: "apps-reconciler" });
        await settled();
        assert.equal("serviceAccountName" in inputs().spec, false);
        assert.equal(inputs("others").spec.serviceAccountName, "apps-reconciler");
    });

    it("has the shard label only if the settings name a shard", async () => {
        applied(source());
        applied(source({ name: "others" }), { name: "others", shard: "shard1" });
        await settled();
        assert.equal("labels" in inputs().metadata, false);
        assert.deepEqual(inputs("others").metadata.labels, { "sharding.fluxcd.io/key": "shard1" });
    });

    it("with suspend: true in the stack file, is suspended and not waited for", async () => {
        applied(at("prod-v1.2.3"), { suspend: true });
        await settled();
        assert.equal(inputs().spec.suspend, true);
        assert.equal(waitFor(), undefined);
    });

    it("without suspend in the stack file, has no suspend field", async () => {
        applied(at("prod-v1.2.3"));
        await settled();
        assert.equal("suspend" in inputs().spec, false);
    });

    it("with suspend: false in the stack file, is resumed and waited for, even if suspended by hand", async () => {
        applied(at("prod-v1.2.3"), { suspend: false }, { suspended: new Set([object]) });
        await settled();
        assert.equal(inputs().spec.suspend, false);
        assert.match(revision() ?? "", /prod-v1/);
    });

    it("suspended by hand, is not waited for and gets no suspend field", async () => {
        const made = applied(at("prod-v1.2.3"), {}, { suspended: new Set([object]) });
        await settled();
        assert.equal("suspend" in inputs().spec, false);
        assert.equal("pulumi.com/waitFor" in inputs().metadata.annotations, false);
        assert.equal(made.waitFor, undefined);
    });

    it("waits for the requested revision, first in the provider, and longer for its deletion", async () => {
        const made = applied(at("prod-v1.2.3"));
        await settled();
        const { "pulumi.com/waitFor": waited = "", ...rest } = inputs().metadata.annotations;
        assert.deepEqual(rest, { "pulumi.com/timeoutSeconds": "180" });
        const registered = engine.registered.find((it) => it.name === "apps-kustomization");
        assert.deepEqual(registered?.options.customTimeouts, { create: "15s" });
        assert.equal(made.waitFor, waited);
        const [first, seen, ...more] = JSON.parse(waited) as string[];
        assert.equal(
            first,
            "jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, 'prod-v1[.]2[.]3@sha1:.*')]}",
        );
        assert.match(
            seen ?? "",
            /^jsonpath=\{\[\?@\.annotations\['pulumi\.com\/waitFor'\] && search\(@\.annotations\['pulumi\.com\/waitFor'\], '[0-9a-f]{8}'\)\]\}$/,
        );
        assert.deepEqual(more, []);
    });

    it("waits for the commit that its source's tag points to", async () => {
        const found = { ref: { tag: "prod-v1.2.3", commit: "a".repeat(40) } };
        applied(source({ ref: { tag: "prod-v1.2.3" } }, { found }));
        await settled();
        assert.match(revision() ?? "", /'prod-v1\[\.\]2\[\.\]3@sha1:a{40}'/);
    });

    it("waits for any revision of a range, for a commit on any branch, and not for a suspended source", async () => {
        for (const [name, settings] of [
            ["range", { ref: { semver: ">=1.0.0" } }],
            ["pinned", { ref: { commit: "a".repeat(40) } }],
            ["stopped", { suspend: true }],
        ] as const) {
            applied(source({ ...podinfo, name, ...settings }), { name });
        }
        await settled();
        assert.match(revision("range") ?? "", /'\.\*@sha1:\.\*'/);
        assert.match(revision("pinned") ?? "", /'\(\.\*@\)\?sha1:a{40}'/);
        assert.equal(waitFor("stopped"), undefined);
        assert.equal("suspend" in inputs("stopped").spec, false);
    });

    it("waits until Flux sees changes that do not raise the generation: shard, timeout and wait condition", async () => {
        const main = source();
        const names = ["one", "same", "sharded", "slow", "released"];
        applied(main, { name: "one" });
        applied(main, { name: "same" });
        applied(main, { name: "sharded", shard: "shard1" });
        applied(main, { name: "slow", timeout: "9m" });
        applied(source({ name: "release", ref: { branch: "release" } }), { name: "released" });
        await settled();
        const words = names.map((name) => /'([0-9a-f]{8})'/.exec(waitFor(name) ?? "")?.[1]);
        assert.equal(words[0], words[1]);
        assert.equal(new Set(words).size, 4, words.join(" "));
        assert.ok(!words.includes(undefined));
    });

    it("is created after its dependencies, whatever the order in the stack file", async () => {
        const from = source(podinfo);
        const of = (name: string, ...dependsOn: string[]) => ({ ...appliedApps, name, source: "podinfo", dependsOn });
        const settings = { last: of("last", "middle"), middle: of("middle", "first"), first: of("first") };
        mapInOrder<Kustomization>(settings, (it, earlier) => applied(from, it, {}, { dependsOn: [...earlier] }));
        await settled();
        const after = (name: string) => engine.one("fluxcd:flux:Kustomization", name).options.dependsOn as string[];
        assert.ok(after("last").includes("middle-kustomization"));
        assert.ok(after("middle").includes("first-kustomization"));
        const order = engine.ofType(kustomization).map(({ name }) => name);
        assert.deepEqual(order, ["first-kustomization", "middle-kustomization", "last-kustomization"]);
    });

    it("asks Flux for the reason if applying fails", async () => {
        applied(source());
        await settled();
        assert.deepEqual(engine.errorHooksOf(kustomization, "apps-kustomization"), ["fluxcd:waitForFlux"]);
    });
});
