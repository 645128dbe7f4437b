import assert from "node:assert/strict";

import { customized, managerIn, named, names, newArguments, podOf, refused } from "../support/customized";
import { allControllers, releaseObjects } from "../support/release";
import { validate } from "../support/schema";

const release = releaseObjects();

function forEach<T>(of: (name: string) => T): Record<string, T> {
    return Object.fromEntries(allControllers.map((name) => [name, of(name)]));
}

describe("customize", () => {
    it("leaves a release unchanged without options", () => {
        assert.deepEqual(customized({}), release);
    });

    it("leaves a release unchanged if the options equal its defaults", () => {
        const same = {
            registry: "ghcr.io/fluxcd",
            logLevel: "info",
            watchAllNamespaces: true,
            clusterDomain: "cluster.local",
            networkPolicies: true,
        } as const;
        assert.deepEqual(customized(same), release);
    });

    it("leaves a custom manifest unchanged without options", () => {
        const own = customized({ registry: "registry.example.com", logLevel: "debug", clusterDomain: "example.org" });
        assert.deepEqual(customized({}, [...own]), own);
    });

    it("takes every image from the registry, and keeps its name, tag and digest", () => {
        const digest = `v1.0.0@sha256:${"a".repeat(64)}`;
        const text = JSON.stringify(release).replace("helm-controller:v1.0.0", `helm-controller:${digest}`);
        const objects = customized({ registry: "registry.example.com:5000/mirror" }, JSON.parse(text) as []);
        assert.deepEqual(
            forEach((name) => managerIn(objects, name).image),
            forEach(
                (name) => `registry.example.com:5000/mirror/${name}:${name === "helm-controller" ? digest : "v1.0.0"}`,
            ),
        );
        assert.deepEqual(newArguments(objects), {});
    });

    it("adds the image pull Secret to every pod once", () => {
        const objects = customized({ imagePullSecret: "registry" }, [...customized({ imagePullSecret: "registry" })]);
        assert.deepEqual(
            forEach((name) => podOf(objects, name).imagePullSecrets),
            forEach(() => [{ name: "registry" }]),
        );
    });

    it("replaces the log level in place", () => {
        const objects = customized({ logLevel: "debug" });
        assert.deepEqual(
            newArguments(objects),
            forEach(() => ["--log-level=debug"]),
        );
        assert.equal(managerIn(objects, "source-controller").args?.indexOf("--log-level=debug"), 2);
        assert.ok(!JSON.stringify(objects).includes("--log-level=info"));
    });

    it("limits the watch to Flux's namespace, even if the manifest's flag has no value", () => {
        const bare = JSON.stringify(release).replaceAll("--watch-all-namespaces=true", "--watch-all-namespaces");
        const objects = customized({ watchAllNamespaces: false }, JSON.parse(bare) as []);
        assert.deepEqual(
            newArguments(objects),
            forEach(() => ["--watch-all-namespaces=false"]),
        );
        assert.ok(!JSON.stringify(objects).includes('"--watch-all-namespaces"'));
    });

    it("sets the cluster domain in every address, and changes nothing else", () => {
        const objects = customized({ clusterDomain: "k8s.example.org" });
        const events = "--events-addr=http://notification-controller.flux-system.svc.k8s.example.org./";
        const storage = (name: string) => `--storage-adv-addr=${name}.$(RUNTIME_NAMESPACE).svc.k8s.example.org.`;
        const { "notification-controller": none, ...others } = forEach(() => [events]);
        assert.deepEqual(newArguments(objects), {
            ...others,
            "source-controller": [events, storage("source-controller")],
            "source-watcher": [events, storage("source-watcher")],
        });
    });

    it("adds tolerations and node labels to those of the manifest", () => {
        const tolerations = [{ key: "dedicated", operator: "Exists" as const }];
        const objects = customized({ tolerations, nodeSelector: { pool: "system" } });
        const expected = { tolerations, nodeSelector: { "kubernetes.io/os": "linux", pool: "system" } };
        assert.deepEqual(
            forEach((name) => {
                const { tolerations, nodeSelector } = podOf(objects, name);
                return { tolerations, nodeSelector };
            }),
            forEach(() => expected),
        );
        assert.deepEqual(customized({ tolerations, nodeSelector: { pool: "system" } }, [...objects]), objects);
    });

    it("removes the NetworkPolicies and nothing else", () => {
        const objects = customized({ networkPolicies: false });
        assert.deepEqual(
            objects,
            release.filter(({ kind }) => kind !== "NetworkPolicy"),
        );
        assert.notEqual(objects.length, release.length);
    });

    it("creates valid Kubernetes objects", async () => {
        const objects = customized({
            registry: "registry.example.com",
            imagePullSecret: "registry",
            logLevel: "error",
            clusterDomain: "example.org",
            tolerations: [{ key: "dedicated", value: "flux", effect: "NoExecute", tolerationSeconds: 60 }],
            nodeSelector: { pool: "system" },
        });
        for (const name of names(objects, "Deployment")) {
            await validate(named(objects, "Deployment", name));
        }
    });

    it("refuses a set option if a controller has no container named manager, and accepts no options", () => {
        const text = JSON.stringify(release).replaceAll('"name":"manager"', '"name":"controller"');
        const objects = JSON.parse(text) as typeof release;
        const [problem] = refused({ logLevel: "debug" }, objects);
        assert.deepEqual(problem, {
            key: "fluxcd:flux",
            value: undefined,
            expected: "the manifest's Deployment source-controller has no container manager, which the options change",
            fix: "pulumi config rm --stack dev --path 'fluxcd:flux'",
        });
        assert.equal(refused({ logLevel: "debug" }, objects).length, allControllers.length);
        assert.deepEqual(customized({}, objects), objects);
    });

    it("refuses options if a Deployment has no spec", () => {
        const broken = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "source-controller" } };
        assert.equal(refused({ logLevel: "debug" }, [broken]).length, 1);
    });

    it("refuses a cluster domain if no address contains a domain to replace", () => {
        const text = JSON.stringify(release).replace("source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.", "");
        assert.deepEqual(refused({ clusterDomain: "example.org" }, JSON.parse(text) as []), [
            {
                key: "fluxcd:flux.clusterDomain",
                value: "example.org",
                expected:
                    "the manifest's source-controller has no --storage-adv-addr with a Service's domain, which the option would replace",
                fix: "pulumi config rm --stack dev --path 'fluxcd:flux.clusterDomain'",
            },
        ]);
    });
});
