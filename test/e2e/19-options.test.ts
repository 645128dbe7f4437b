import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { applied, assertApplied, get, kubectl, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { askFor, available, type Deployment, deployments, inFlux, namesOf, scale } from "./support/flux";
import { labEnvironment } from "./support/lab";
import { report } from "./support/report";
import { run, succeed, waitFor } from "./support/run";
import { devFile } from "./support/dev";
import { mustPulumi, scratch } from "./support/stack";

const node = "dev-node";
const volumes = join(scratch, "volumes");
const sharded = ["source-controller", "kustomize-controller", "helm-controller"];
const controllers = [...sharded, "notification-controller", ...sharded.map((name) => `${name}-shard1`)];
/** Not one of those that a stack installs unasked. */
const extra = "image-reflector-controller";

const tolerations = [{ key: "dedicated", value: "flux", effect: "NoSchedule" }];
const options = {
    registry: "registry.example.com/mirror/fluxcd",
    imagePullSecret: "registry",
    logLevel: "debug",
    watchAllNamespaces: false,
    clusterDomain: "lab.internal",
    tolerations,
    nodeSelector: { pool: "flux" },
    networkPolicies: false,
    size: "small",
    featureGates: {
        "source-controller": { CacheSecretsAndConfigMaps: true },
        "kustomize-controller": { GroupChangeLog: true },
    },
    multitenancy: true,
    shards: ["shard1"],
    storage: { class: "artifacts", size: "1Gi" },
    patches: [
        {
            target: { kind: "Deployment" },
            patch: { spec: { template: { spec: { terminationGracePeriodSeconds: 7 } } } },
        },
    ],
};

/** Takes what not every pod tolerates or asks for from the node; it may be gone already. */
async function openNode(): Promise<void> {
    const options = { env: labEnvironment() };
    await run("kubectl", ["--context", "dev", "taint", "node", node, "dedicated-"], options);
    await run("kubectl", ["--context", "dev", "label", "node", node, "pool-"], options);
}

describe("every option of the installation", () => {
    let plain: ReadonlyMap<string, Deployment>;
    let policies: string[];
    let live: ReadonlyMap<string, Deployment>;

    const pod = (name: string) => {
        const found = live.get(name)?.spec.template.spec;
        assert.ok(found, `there is no Deployment ${name}`);
        return found;
    };
    const args = (name: string) => pod(name).containers[0]?.args ?? [];

    function assertArguments(name: string, expected: readonly string[]): void {
        assert.deepEqual(
            expected.filter((argument) => !args(name).includes(argument)),
            [],
            `${name} lacks them: ${args(name).join(" ")}`,
        );
    }

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        plain = await deployments("dev");
        policies = await namesOf("dev", "networkpolicies");
        await kubectl("dev", "label", "node", node, "pool=flux");
        await kubectl("dev", "taint", "node", node, "dedicated=flux:NoSchedule");
        const manifest = ["one", "two"].map((name) => ({
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: `artifacts-${name}` },
            spec: {
                storageClassName: "artifacts",
                capacity: { storage: "1Gi" },
                accessModes: ["ReadWriteOnce"],
                hostPath: { path: join(volumes, name) },
            },
        }));
        const script = 'kubectl --context dev apply -f - <<< "$0"';
        await succeed("bash", ["-c", script, manifest.map((it) => stringify(it)).join("---\n")], {
            env: labEnvironment(),
        });
    });

    after(async () => {
        await openNode();
        await kubectl("dev", "delete", "pv", "artifacts-one", "artifacts-two", "--ignore-not-found", "--wait=false");
    });

    it("at once are one update, at whose end every controller runs", async () => {
        const flux = { ...options, components: [...sharded, "notification-controller", extra] };
        const shard = { shard: "shard1" };
        const change = { "fluxcd:sources.apps": shard, "fluxcd:kustomizations.apps": shard };
        const file = await devFile({ "fluxcd:flux": flux }, change);
        const { seconds } = await mustPulumi("up -y --skip-preview", "dev", file);
        report("up with every option of Flux", seconds);
        live = await deployments("dev");
        assert.deepEqual([...live.keys()].toSorted(), [...controllers, extra].toSorted());
        await available("dev", [...controllers, extra]);
    });

    it("reach every pod: registry, pull secret, tolerations, node labels and patches", () => {
        for (const name of [...controllers, extra]) {
            const { containers, imagePullSecrets, nodeSelector, terminationGracePeriodSeconds, ...rest } = pod(name);
            const image = `${options.registry}/${name.replace("-shard1", "")}:v`;
            assert.ok(containers[0]?.image.startsWith(image), `${name} has ${containers[0]?.image ?? "no image"}`);
            assert.deepEqual(imagePullSecrets, [{ name: "registry" }], name);
            assert.deepEqual(rest.tolerations, tolerations, name);
            assert.equal((nodeSelector as { pool?: string }).pool, "flux", name);
            assert.equal(terminationGracePeriodSeconds, 7, name);
        }
    });

    it("reach every controller: log level, namespaces, cluster domain, tenants", () => {
        const events = "--events-addr=http://notification-controller.flux-system.svc.lab.internal./";
        for (const name of [...controllers, extra]) {
            assertArguments(name, ["--log-level=debug", "--watch-all-namespaces=false"]);
            assert.equal(args(name).includes(events), name !== "notification-controller", name);
            assert.equal(args(name).includes("--no-cross-namespace-refs=true"), !name.startsWith("source"), name);
        }
    });

    it("reach those they are for: size, feature gates, shards, and where artifacts are", () => {
        const address = (name: string) => `--storage-adv-addr=${name}.$(RUNTIME_NAMESPACE).svc.lab.internal.`;
        for (const suffix of ["", "-shard1"]) {
            const watch = `--watch-label-selector=${suffix === "" ? "!sharding.fluxcd.io/key" : "sharding.fluxcd.io/key=shard1"}`;
            const small = ["--concurrent=5", "--requeue-dependency=10s", "--default-service-account=default", watch];
            assertArguments(`source-controller${suffix}`, [
                "--helm-cache-max-size=10",
                "--feature-gates=CacheSecretsAndConfigMaps=true",
                address(`source-controller${suffix}`),
                watch,
            ]);
            assertArguments(`kustomize-controller${suffix}`, [
                ...small,
                "--no-remote-bases=true",
                "--feature-gates=GroupChangeLog=true",
            ]);
            assertArguments(`helm-controller${suffix}`, small);
        }
    });

    it("bind a volume for each source-controller, and leave out what is left out", async () => {
        const { items } = await get<{ items: { metadata: { name: string }; status: { phase: string } }[] }>(
            "dev",
            ...inFlux,
            "persistentvolumeclaims",
        );
        assert.deepEqual(
            items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`),
            ["source-controller Bound", "source-controller-shard1 Bound"],
        );
        assert.deepEqual(await namesOf("dev", "networkpolicies"), []);
    });

    it("bring an extra controller with its own kinds", async () => {
        assert.ok((await kubectl("dev", "get", "crd", "imagerepositories.image.toolkit.fluxcd.io")).stdout);
    });

    it("let the infrastructure apply under the lockdown, as Flux's own account", async () => {
        const { spec } = await get<{ spec: { serviceAccountName?: string } }>(
            "dev",
            ...inFlux,
            "kustomization/infrastructure",
        );
        assert.equal(spec.serviceAccountName, "kustomize-controller");
        const { revision = "" } = await applied("dev", "infrastructure");
        await reconcile("dev", "gitrepository", "infrastructure");
        await reconcile("dev", "kustomization", "infrastructure");
        await assertApplied("dev", "infrastructure", revision);
    });

    it("let a shard fetch and apply its source without the main controllers", async () => {
        await scale("dev", 0, ["source-controller", "kustomize-controller"]);
        const clone = await Clone.of("fluxcd-apps");
        clone.write("sharded.md", `${new Date().toISOString()}\n`);
        const commit = await clone.push("Change nothing that is applied");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("the shard applies the commit", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        await scale("dev", 1, ["source-controller", "kustomize-controller"]);
        const artifacts = readdirSync(volumes, { recursive: true, encoding: "utf8" });
        const kept = artifacts.filter(
            (path) => path.includes("/flux-system/apps/") && path.endsWith(`${commit}.tar.gz`),
        );
        assert.equal(kept.length, 1, artifacts.join("\n"));
        assert.ok(artifacts.some((path) => path.includes("/flux-system/infrastructure/") && path.endsWith(".tar.gz")));
    });

    it("let the main controllers leave a shard's objects alone", async () => {
        const own = sharded.map((name) => `${name}-shard1`);
        await scale("dev", 0, own);
        const objects = ["gitrepository/apps", "kustomization/apps"];
        const times = await Promise.all(objects.map((it) => askFor("dev", it)));
        await reconcile("dev", "gitrepository", "infrastructure");
        await reconcile("dev", "kustomization", "infrastructure");
        const handled = await Promise.all(
            objects.map((it) =>
                get<{ status: { lastHandledReconcileAt?: string } }>("dev", ...inFlux, it).then(
                    ({ status }) => status.lastHandledReconcileAt,
                ),
            ),
        );
        assert.ok(handled.every((at, index) => at !== times[index]));
        await scale("dev", 1, own);
        await reconcile("dev", "kustomization", "apps");
    });

    it("leave nothing behind when they are taken away", async () => {
        await openNode();
        const { revision = "" } = await applied("dev", "apps");
        const { seconds } = await mustPulumi("up -y --skip-preview", "dev", await devFile());
        report("up without them again", seconds);
        const after = await deployments("dev");
        const specs = (all: ReadonlyMap<string, Deployment>) =>
            Object.fromEntries([...all].map(([name, { spec }]) => [name, spec]));
        assert.deepEqual(specs(after), specs(plain));
        assert.deepEqual(await namesOf("dev", "networkpolicies"), policies);
        assert.deepEqual(await namesOf("dev", "persistentvolumeclaims"), []);
        assert.ok(!(await namesOf("dev", "services")).some((name) => name.includes("shard1")));
        await available("dev", [...plain.keys()]);
        await reconcile("dev", "gitrepository", "apps");
        await reconcile("dev", "kustomization", "apps");
        await assertApplied("dev", "apps", revision);
        const labels = ["gitrepository/apps", "kustomization/apps"].map((it) =>
            get<{ metadata: { labels?: object } }>("dev", ...inFlux, it).then(({ metadata }) => metadata.labels),
        );
        for (const found of await Promise.all(labels)) {
            assert.ok(!("sharding.fluxcd.io/key" in (found ?? {})));
        }
    });
});
