import assert from "node:assert/strict";

import { free } from "../../uninstall/free";
import { look } from "../../uninstall/look";
import { FakeCluster } from "../support/cluster";

const finalizers = ["finalizers.fluxcd.io"];
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const deployments = "/apis/apps/v1/namespaces/flux-system/deployments";
const releases = "/apis/helm.toolkit.fluxcd.io/v2/namespaces/podinfo/helmreleases";
const kustomizations = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";
const configMaps = "/api/v1/namespaces/flux-system/configmaps";

const definition = (kind: string, group: string, version: string) => {
    const plural = `${kind.toLowerCase()}s`;
    const names = { kind, plural };
    const versions = [
        { name: "v1old", served: true, storage: false },
        { name: version, served: true, storage: true },
    ];
    return { metadata: { name: `${plural}.${group}` }, spec: { group, names, scope: "Namespaced", versions } };
};

const controller = (name: string, availableReplicas: number) => ({
    metadata: { name, labels: { "app.kubernetes.io/part-of": "flux", "app.kubernetes.io/component": name } },
    status: { availableReplicas },
});

/** Flux as it is installed, with what a repository holds, and somebody else's objects. */
function fluxed(): FakeCluster {
    return new FakeCluster()
        .add("/api/v1/namespaces", { metadata: { name: "flux-system" } })
        .add(definitions, definition("HelmRelease", "helm.toolkit.fluxcd.io", "v2"))
        .add(definitions, definition("Kustomization", "kustomize.toolkit.fluxcd.io", "v1"))
        .add(definitions, definition("Widget", "example.com", "v1"))
        .add("/apis/example.com/v1/namespaces/podinfo/widgets", {
            metadata: { name: "w", namespace: "podinfo", finalizers },
        })
        .add(releases, { metadata: { name: "a", namespace: "podinfo", finalizers } })
        .add(releases, { metadata: { name: "b", namespace: "podinfo", finalizers } })
        .add(releases, { metadata: { name: "c", namespace: "podinfo" } })
        .add(kustomizations, {
            metadata: { name: "apps", namespace: "flux-system", finalizers },
            spec: { deletionPolicy: "Orphan" },
        });
}

describe("The uninstall step free", () => {
    const deleting = { namespace: "flux-system", keepDefinitions: false, stack: "dev" };

    it("removes Flux's finalizer from Flux's objects, deletes them, and touches no other object", async () => {
        const cluster = fluxed();
        await free(cluster, deleting);
        const paths = [`${releases}/a`, `${releases}/b`, `${releases}/c`, `${kustomizations}/apps`];
        const patched = paths.filter((path) => !path.endsWith("/c")).map((path) => `PATCH ${path}`);
        assert.deepEqual(cluster.said, [
            "Took finalizers.fluxcd.io off 3 objects: HelmRelease podinfo/a, HelmRelease podinfo/b, Kustomization flux-system/apps",
        ]);
        assert.deepEqual(cluster.writes.sort(), [...paths.map((path) => `DELETE ${path}`), ...patched].sort());
    });

    it("removes the finalizers but keeps the objects if the CRDs are kept", async () => {
        const cluster = fluxed();
        await free(cluster, { ...deleting, keepDefinitions: true });
        assert.equal(cluster.writes.length, 3);
        assert.deepEqual(cluster.objects.get(`${releases}/a`)?.metadata.finalizers, []);
    });

    it("changes nothing while a controller exists, and names the commands to continue", async () => {
        const cluster = fluxed().add(deployments, controller("helm-controller", 0));
        await assert.rejects(free(cluster, deleting), ({ message }: Error) => {
            assert.ok(message.includes("Flux still runs: helm-controller in namespace flux-system of dev"), message);
            assert.ok(message.includes("pulumi up --stack dev"), message);
            assert.ok(message.includes("kubectl --context dev -n flux-system delete deployment helm-controller"));
            return true;
        });
        assert.deepEqual(cluster.writes, []);
    });

    it("changes nothing in an empty cluster", async () => {
        const cluster = new FakeCluster();
        await free(cluster, deleting);
        assert.deepEqual(cluster.writes, []);
    });

    it("keeps a finalizer that somebody else adds at the same moment", async () => {
        const cluster = fluxed();
        const hold = () => {
            cluster.add(releases, {
                metadata: { name: "a", namespace: "podinfo", finalizers: [...finalizers, "example.com/hold"] },
            });
        };
        cluster.instead.set(`PATCH ${releases}/a`, [hold]);
        await free(cluster, { ...deleting, keepDefinitions: true });
        assert.deepEqual(cluster.objects.get(`${releases}/a`)?.metadata.finalizers, ["example.com/hold"]);
    });

    it("retries a request if the API server is busy or unavailable", async () => {
        const cluster = fluxed();
        cluster.instead.set(`DELETE ${releases}/a`, [429, 503]);
        await free(cluster, deleting);
        assert.equal(cluster.objects.has(`${releases}/a`), false);
    });

    it("does not retry a request that the API server forbids", async () => {
        const cluster = fluxed();
        cluster.instead.set(`DELETE ${releases}/a`, [403]);
        await assert.rejects(free(cluster, deleting), /status 403/);
    });

    it("names the finalizer that blocks a deletion, and the commands to continue", async () => {
        const cluster = fluxed().add(releases, {
            metadata: { name: "a", namespace: "podinfo", finalizers: [...finalizers, "example.com/hold"] },
        });
        cluster.deadline = Date.now() + 500;
        const fix = `kubectl --context dev -n podinfo patch helmreleases.helm.toolkit.fluxcd.io a --type=merge -p '{"metadata":{"finalizers":null}}'`;
        await assert.rejects(free(cluster, deleting), ({ message }: Error) => {
            assert.ok(message.includes("HelmRelease podinfo/a is held by example.com/hold"), message);
            assert.ok(message.includes(fix), message);
            assert.ok(message.includes("run pulumi destroy again"), message);
            return true;
        });
    });
});

describe("The uninstall step look", () => {
    const all = {
        namespace: "flux-system",
        kustomizations: ["apps"],
        keepDefinitions: false,
        keepNamespace: false,
    };
    const running = () =>
        fluxed()
            .add(deployments, controller("kustomize-controller", 1))
            .add(deployments, controller("source-controller", 1));
    const withContents = (cluster: FakeCluster) => {
        const verbs = ["list", "delete"];
        cluster.objects.set("/api/v1", {
            metadata: { name: "" },
            resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs }],
        });
        return cluster;
    };
    const held = (name: string, ...finalizers: string[]) => ({
        metadata: { name, namespace: "flux-system", finalizers },
    });

    it("passes and writes nothing if no foreign finalizer blocks a deletion", async () => {
        const cluster = withContents(running()).add(configMaps, held("c", "foregroundDeletion", "kubernetes.io/x"));
        await look(cluster, all);
        assert.deepEqual(cluster.writes, []);
    });

    it("rejects before any change, and names every object that a foreign finalizer blocks", async () => {
        const cluster = withContents(running())
            .add(configMaps, held("c", "example.com/hold"))
            .add(releases, { metadata: { name: "a", namespace: "podinfo", finalizers: [...finalizers, "x.io/y"] } });
        await assert.rejects(look(cluster, all), ({ message }: Error) => {
            assert.match(message, /ConfigMap flux-system\/c is held by example\.com\/hold/);
            assert.match(message, /HelmRelease podinfo\/a is held by x\.io\/y/);
            assert.ok(message.includes(`-p '{"metadata":{"finalizers":["finalizers.fluxcd.io"]}}'`), message);
            assert.match(message, /Nothing was touched/);
            return true;
        });
        assert.deepEqual(cluster.writes, []);
    });

    it("ignores foreign finalizers on kept objects", async () => {
        const cluster = withContents(running())
            .add(configMaps, held("c", "example.com/hold"))
            .add(releases, { metadata: { name: "a", namespace: "podinfo", finalizers: ["example.com/hold"] } });
        await look(cluster, { ...all, keepDefinitions: true, keepNamespace: true });
    });

    it("rejects if an API without a server would block the namespace, unless the namespace is kept", async () => {
        const conditions = [{ type: "Available", status: "False" }];
        const gone = { metadata: { name: "v1.gone.example.com" }, status: { conditions } };
        const cluster = running().add("/apis/apiregistration.k8s.io/v1/apiservices", gone);
        await assert.rejects(look(cluster, all), /kubectl --context dev describe apiservice v1\.gone\.example\.com/);
        await look(cluster, { ...all, keepNamespace: true });
    });

    it("without kustomize-controller, removes the finalizers of the stack's own Kustomizations", async () => {
        const cluster = fluxed().add(deployments, controller("kustomize-controller", 0));
        await look(cluster, all);
        assert.deepEqual(cluster.writes, [`PATCH ${kustomizations}/apps`]);
        assert.deepEqual(cluster.objects.get(`${kustomizations}/apps`)?.metadata.finalizers, []);
    });

    it("without notification-controller, removes the finalizer of a webhook's Receiver", async () => {
        const receivers = "/apis/notification.toolkit.fluxcd.io/v1/namespaces/flux-system/receivers";
        const cluster = running()
            .add(definitions, definition("Receiver", "notification.toolkit.fluxcd.io", "v1"))
            .add(receivers, held("webhook", ...finalizers));
        await look(cluster, all);
        assert.deepEqual(cluster.writes, [`PATCH ${receivers}/webhook`]);
    });

    it("rejects if workloads are to be deleted and kustomize-controller is not available", async () => {
        const cluster = fluxed().add(kustomizations, {
            metadata: { name: "apps", namespace: "flux-system", finalizers },
            spec: { deletionPolicy: "WaitForTermination" },
        });
        await assert.rejects(look(cluster, all), /deletionPolicy WaitForTermination.*not available/);
        assert.deepEqual(cluster.writes, []);
    });
});
