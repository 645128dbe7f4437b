import assert from "node:assert/strict";

import type { Deployment } from "../../domain/objects";
import { customized, managerIn, named, names, newArguments, podOf, refused } from "../support/customized";
import { allControllers, releaseObjects } from "../support/release";
import { validate } from "../support/schema";

const sharded = ["source-controller", "kustomize-controller", "helm-controller"];

describe("Shards", () => {
    it("copy source-, kustomize- and helm-controller, and the Service of source-controller", () => {
        const objects = customized({ shards: ["shard1", "shard2"] });
        assert.deepEqual(names(objects, "Deployment"), [
            ...allControllers,
            ...sharded.map((name) => `${name}-shard1`),
            ...sharded.map((name) => `${name}-shard2`),
        ]);
        assert.deepEqual(names(objects, "Service"), [
            "source-controller",
            "notification-controller",
            "source-watcher",
            "source-controller-shard1",
            "source-controller-shard2",
        ]);
        assert.equal(objects.length, releaseObjects().length + 2 * (sharded.length + 1));
    });

    it("copy only the controllers that are installed", () => {
        const installed = releaseObjects(["source-controller", "kustomize-controller"]);
        assert.deepEqual(names(customized({ shards: ["a"] }, installed), "Deployment"), [
            "source-controller",
            "kustomize-controller",
            "source-controller-a",
            "kustomize-controller-a",
        ]);
    });

    it("watch only their own objects, and leave objects without a shard to the main controllers", () => {
        const objects = customized({ shards: ["shard1"] });
        const main = ["--watch-label-selector=!sharding.fluxcd.io/key"];
        const added = newArguments(objects);
        for (const name of sharded) {
            assert.deepEqual(added[name], main);
            const selectors = (managerIn(objects, `${name}-shard1`).args ?? []).filter((it) =>
                it.startsWith("--watch-label-selector="),
            );
            assert.deepEqual(selectors, ["--watch-label-selector=sharding.fluxcd.io/key=shard1"]);
        }
        assert.ok(!("notification-controller" in added));
        assert.ok(!("source-watcher" in added));
    });

    it("serve artifacts through their own Service, in the cluster's domain", () => {
        const objects = customized({ shards: ["shard1"], clusterDomain: "example.org" });
        const addresses = ["source-controller", "source-controller-shard1"].map((name) =>
            managerIn(objects, name).args?.find((it) => it.startsWith("--storage-adv-addr=")),
        );
        assert.deepEqual(addresses, [
            "--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.example.org.",
            "--storage-adv-addr=source-controller-shard1.$(RUNTIME_NAMESPACE).svc.example.org.",
        ]);
    });

    it("have pods that neither the main Service nor the main Deployment selects", () => {
        const objects = customized({ shards: ["shard1"] });
        const app = "source-controller-shard1";
        assert.deepEqual((named(objects, "Service", app).spec as { selector: object }).selector, { app });
        const { spec, metadata } = named(objects, "Deployment", app) as Deployment;
        assert.deepEqual(spec.selector, { matchLabels: { app } });
        assert.deepEqual(spec.template.metadata, {
            labels: {
                app,
                "app.kubernetes.io/component": "source-controller",
                "app.kubernetes.io/instance": "flux-system",
                "app.kubernetes.io/part-of": "flux",
            },
        });
        assert.deepEqual(metadata.annotations, { "sharding.fluxcd.io/role": "shard" });
        assert.deepEqual(podOf(objects, app), {
            ...podOf(releaseObjects(), "source-controller"),
            containers: [managerIn(objects, app)],
        });
    });

    it("get every option of the main controllers, and their own storage", () => {
        const objects = customized({
            shards: ["shard1"],
            registry: "registry.example.com",
            size: "large",
            storage: { size: "1Gi" },
            multitenancy: true,
            nodeSelector: { pool: "flux" },
            featureGates: { "source-controller": { CacheSecretsAndConfigMaps: true } },
        });
        for (const name of sharded) {
            const [main, shard] = [name, `${name}-shard1`].map((it) => managerIn(objects, it));
            assert.deepEqual(
                (shard?.args ?? []).map((it) =>
                    it.replace("sharding.fluxcd.io/key=shard1", "!sharding.fluxcd.io/key").replace("-shard1.", "."),
                ),
                main?.args,
            );
            assert.deepEqual({ ...shard, args: [] }, { ...main, args: [] });
            assert.deepEqual(podOf(objects, `${name}-shard1`).nodeSelector, podOf(objects, name).nodeSelector);
        }
        assert.deepEqual(names(objects, "PersistentVolumeClaim"), ["source-controller", "source-controller-shard1"]);
        assert.deepEqual(podOf(objects, "source-controller-shard1").volumes?.[0], {
            name: "data",
            persistentVolumeClaim: { claimName: "source-controller-shard1" },
        });
    });

    it("can be patched by name, without a change of the main controllers", () => {
        const patch = { spec: { template: { spec: { priorityClassName: "low" } } } };
        const target = { kind: "Deployment", name: "helm-controller-shard1" };
        const objects = customized({ shards: ["shard1"], patches: [{ target, patch }] });
        assert.equal(podOf(objects, "helm-controller-shard1").priorityClassName, "low");
        assert.equal(podOf(objects, "helm-controller").priorityClassName, undefined);
    });

    it("are valid Kubernetes objects", async () => {
        const objects = customized({ shards: ["shard1"] });
        for (const { kind, metadata } of objects.filter(({ metadata }) => metadata.name.endsWith("-shard1"))) {
            await validate(named(objects, kind, metadata.name));
        }
    });

    it("are refused if source-controller does not announce the address of its artifacts", () => {
        const text = JSON.stringify(releaseObjects()).replaceAll("--storage-adv-addr=", "--elsewhere=");
        const [problem] = refused({ shards: ["shard1"] }, JSON.parse(text) as []);
        assert.equal(problem?.key, "fluxcd:flux.shards");
        assert.match(problem.expected, /source-controller has no --storage-adv-addr/);
    });
});
