import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parseAllDocuments } from "yaml";

import { Flux } from "../../components/flux";
import { UninstallStep } from "../../components/uninstallStep";
import type { ManifestObject } from "../../domain/objects";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";

const uninstall = {
    context: "dev",
    clusterUid: "uid-of-the-cluster",
    keepDefinitions: false,
    keepNamespace: false,
    uninstallSeconds: 300,
};

/** Sources of any URL. */
const open = { sourceUrls: [], addresses: [], uninstall };

describe("Flux", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const manifest = parseAllDocuments(readFileSync("test/fixtures/install.yaml", "utf8")).map(
        (document) => document.toJS() as ManifestObject,
    );

    it("declares each object of the manifest once, with its own resource type", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        const declared = engine.registered
            .filter(({ parent, type }) => parent === "flux" && type.startsWith("kubernetes:"))
            .map(({ inputs }) => inputs.kind);
        assert.deepEqual(declared.sort(), manifest.map(({ kind }) => kind).sort());
        assert.equal(engine.ofType("kubernetes:apps/v1:Deployment").length, 5);
    });

    it("creates the namespace, then the CRDs, then the controllers' prerequisites, then the controllers", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        const needs = (type: string, name: string) => engine.one(type, name).options.dependsOn as string[];
        const crd = "flux-customresourcedefinition-gitrepositories.source.toolkit.fluxcd.io";
        assert.deepEqual(needs("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", crd), [
            "flux-namespace-flux-system",
            "flux-same-at-namespace",
        ]);
        assert.ok(needs("kubernetes:core/v1:ServiceAccount", "flux-serviceaccount-source-controller").includes(crd));
        assert.ok(
            needs("kubernetes:apps/v1:Deployment", "flux-deployment-source-controller").includes(
                "flux-serviceaccount-source-controller",
            ),
        );
    });

    const stepType = "pulumi-nodejs:dynamic/flux:UninstallStep";

    it("on deletion, frees objects after the controllers and before the CRDs, and waits for the namespace last", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        const needs = (type: string, name: string) => engine.one(type, name).options.dependsOn as string[];
        const controllerNeeds = needs("kubernetes:apps/v1:Deployment", "flux-deployment-source-controller");
        assert.ok(controllerNeeds.includes("flux-objects-freed"));
        const crd = "flux-customresourcedefinition-gitrepositories.source.toolkit.fluxcd.io";
        assert.ok(needs(stepType, "flux-objects-freed").includes(crd));
        const namespace = engine.one("kubernetes:core/v1:Namespace", "flux-namespace-flux-system");
        assert.deepEqual(namespace.options.dependsOn, ["flux-namespace-gone"]);
        const { __provider, ...inputs } = engine.one(stepType, "flux-namespace-gone").inputs;
        assert.equal(typeof __provider, "string");
        assert.deepEqual(inputs, {
            ...uninstall,
            stack: "dev",
            step: "wait",
            namespace: "flux-system",
            kustomizations: [],
        });
    });

    it("compares the cluster again before it deletes the controllers, and before it deletes the namespace", async () => {
        const flux = new Flux("flux", { manifest, ...open });
        await settled();
        const needs = (name: string) => engine.one(stepType, name).options.dependsOn as string[];
        const controllers = engine.ofType("kubernetes:apps/v1:Deployment").map(({ name }) => name);
        assert.deepEqual(needs("flux-same-at-controllers").sort(), controllers.sort());
        assert.deepEqual(needs("flux-same-at-namespace"), ["flux-namespace-flux-system"]);
        new UninstallStep("after", { ...flux.uninstall, step: "look" }, { dependsOn: flux });
        await settled();
        assert.ok(needs("after").includes("flux-same-at-controllers"));
    });

    const retained = () => engine.registered.filter(({ options }) => options.retainOnDelete).map(({ type }) => type);

    it("by default, retains nothing on deletion", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        assert.deepEqual(retained(), []);
    });

    it("retains the CRDs on deletion if keepDefinitions is set", async () => {
        new Flux("flux", { manifest, ...open, uninstall: { ...uninstall, keepDefinitions: true } });
        await settled();
        const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
        assert.deepEqual(
            retained(),
            engine.ofType(type).map(() => type),
        );
        assert.equal(engine.ofType(stepType).length, 4);
    });

    it("retains the namespace on deletion if keepNamespace is set, and does not wait for it", async () => {
        new Flux("flux", { manifest, ...open, uninstall: { ...uninstall, keepNamespace: true } });
        await settled();
        assert.deepEqual(retained(), ["kubernetes:core/v1:Namespace"]);
        assert.deepEqual(
            engine.ofType(stepType).map(({ name }) => name),
            ["flux-same-at-namespace", "flux-objects-freed", "flux-same-at-controllers"],
        );
    });

    it("does not wait for Service endpoints, because the controllers come later", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        for (const { inputs } of engine.ofType("kubernetes:core/v1:Service")) {
            const { annotations } = inputs.metadata as { annotations: object };
            assert.deepEqual(annotations, { "pulumi.com/skipAwait": "true" });
        }
    });

    it("sets --requeue-dependency=5s on kustomize- and helm-controller, and changes no other field", async () => {
        new Flux("flux", { manifest, ...open });
        await settled();
        const deployments = manifest.filter(({ kind }) => kind === "Deployment");
        for (const deployment of deployments) {
            const { name } = deployment.metadata;
            const { inputs } = engine.one("kubernetes:apps/v1:Deployment", `flux-deployment-${name}`);
            const quick = name === "kustomize-controller" || name === "helm-controller";
            const expected = JSON.stringify(deployment).replace(
                'controller"]',
                quick ? 'controller","--requeue-dependency=5s"]' : 'controller"]',
            );
            assert.deepEqual(inputs, JSON.parse(expected));
        }
    });

    it("keeps a --requeue-dependency that the manifest sets, and adds the default to a shard", async () => {
        const named = (name: string, args: string[]) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, labels: { "app.kubernetes.io/component": "kustomize-controller" } },
            spec: { template: { spec: { containers: [{ name: "manager", args }] } } },
        });
        const two = [named("kustomize-controller", ["--requeue-dependency=10s"]), named("kustomize-controller-eu", [])];
        new Flux("flux", { manifest: [...manifest.filter(({ kind }) => kind === "Namespace"), ...two], ...open });
        await settled();
        assert.deepEqual(
            engine.ofType("kubernetes:apps/v1:Deployment").map(({ inputs }) => inputs.spec),
            [["--requeue-dependency=10s"], ["--requeue-dependency=5s"]].map((args) => named("", args).spec),
        );
    });

    it("refuses a manifest with a kind that Flux does not contain", () => {
        const stranger = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "miner" } };
        assert.throws(
            () => new Flux("flux", { manifest: [...manifest, stranger], ...open }),
            /batch\/v1\/Job named miner/,
        );
    });
});
