import assert from "node:assert/strict";

import { assertApplied, exists, get, kubectl, type Names, reconcile } from "./support/cluster";
import { Clone, remoteCommit } from "./support/git";
import { kubeconfigAtPort, kubeconfigWithout, portOf } from "./support/kubeconfig";
import { touched } from "./support/promotion";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { type SlowProxy, slowProxy } from "./support/slowProxy";
import { configFile, mustPulumi, pulumi } from "./support/stack";
import { chart, fluxObjects, nested } from "./support/uninstall";

const dev = (set: object = {}) => ["--config-file", configFile("dev", { ...set })];
const keeping = dev({ "fluxcd:uninstall": { keep: ["namespace", "definitions"], timeout: "1m" } });

const overlay = "infrastructure/overlays/dev";
const held = ["-n", "uninstall", "patch", "helmrelease", "released", "--type=json", "-p"];
const isFlux = (name: string) => name.includes("fluxcd");

async function podUids(): Promise<string[]> {
    const lists = ["uninstall", "podinfo"].map((namespace) => get<Names>("dev", "-n", namespace, "pods"));
    return (await Promise.all(lists)).flatMap(({ items }) => items.map(({ metadata }) => metadata.uid)).sort();
}

async function names(...args: string[]): Promise<string[]> {
    return (await kubectl("dev", "get", ...args, "-o", "name")).stdout.trim().split("\n").filter(Boolean);
}

async function infrastructureIsApplied(): Promise<void> {
    const main = await remoteCommit("fluxcd-infrastructure", "refs/heads/main");
    await waitFor("infrastructure is applied", 90, () => assertApplied("dev", "infrastructure", `main@sha1:${main}`));
}

describe("A cluster with objects of Flux's from Git, uninstalled", () => {
    let clone: Clone;
    let pods: string[] = [];
    let proxy: SlowProxy | undefined;

    before(async () => {
        if (!(await exists("dev", "namespace", "flux-system"))) {
            await mustPulumi("up -y --skip-preview", "dev");
        }
        clone = await Clone.of("fluxcd-infrastructure");
        for (const [path, text] of Object.entries({ ...chart, ...nested, [`${overlay}/flux.yaml`]: fluxObjects })) {
            clone.write(path, text);
        }
        clone.edit(`${overlay}/kustomization.yaml`, (text) =>
            text.replace("- ../../base\n", "- ../../base\n  - flux.yaml\n"),
        );
        await clone.push("Release and nest something");
        await reconcile("dev", "gitrepository", "infrastructure");
        await infrastructureIsApplied();
        for (const deployment of ["released", "nested"]) {
            await kubectl(
                "dev",
                "-n",
                "uninstall",
                "wait",
                `deployment/${deployment}`,
                "--for=condition=Available",
                "--timeout=60s",
            );
        }
        pods = await podUids();
        assert.ok(pods.length >= 3);
    });
    after(() => proxy?.close());

    it("is left alone where the kubeconfig does not lead to it", async () => {
        const KUBECONFIG = kubeconfigWithout("dev");
        const { code, output } = await pulumi("destroy -y --skip-preview", "dev", [], { env: { KUBECONFIG } });
        assert.notEqual(code, 0, tail(output));
        assert.match(output, /context dev cannot be reached[^]*PULUMI_K8S_DELETE_UNREACHABLE=true/);
    });

    let wayOn = "";

    it("is left alone while a foreign finalizer holds something, and says how to go on", async () => {
        await kubectl("dev", ...held, '[{"op":"add","path":"/metadata/finalizers/-","value":"example.com/hold"}]');
        const state = await touched("dev");
        const { code, output, seconds } = await pulumi("destroy -y --skip-preview", "dev");
        report("destroy that is refused", seconds);
        assert.notEqual(code, 0, tail(output));
        assert.match(output, /HelmRelease uninstall\/released is held by example\.com\/hold/);
        wayOn = /kubectl --context dev -n uninstall patch .*$/m.exec(output)?.[0] ?? "";
        assert.deepEqual(await touched("dev"), state);
    });

    it("goes, from a slow API server too, once that is followed", async () => {
        const [, , ...patch] = wayOn.replaceAll("'", "").split(" ").slice(1);
        await kubectl("dev", ...patch);
        proxy = await slowProxy(portOf("dev"), 150);
        const KUBECONFIG = kubeconfigAtPort("dev", proxy.port);
        const { code, output, seconds } = await pulumi("destroy -y --skip-preview", "dev", [], { env: { KUBECONFIG } });
        report("destroy with objects of Flux's from Git", seconds, "150 ms an answer");
        assert.equal(code, 0, tail(output));
        assert.match(output, /Took finalizers\.fluxcd\.io off \d objects: .*HelmRelease uninstall\/released/);
    });

    it("leaves nothing of Flux, and every pod", async () => {
        assert.equal(await exists("dev", "namespace", "flux-system"), false);
        assert.deepEqual((await names("crd,clusterrole,clusterrolebinding")).filter(isFlux), []);
        assert.deepEqual(await podUids(), pods);
    });

    it("comes back, and keeps definitions and namespace where controllers and a definition were deleted by hand", async () => {
        await mustPulumi("up -y --skip-preview", "dev", keeping);
        await infrastructureIsApplied();
        assert.deepEqual(await podUids(), pods);
        await kubectl("dev", "-n", "flux-system", "delete", "deployments", "--all");
        await kubectl("dev", "delete", "crd", "alerts.notification.toolkit.fluxcd.io");
        const { seconds } = await mustPulumi("destroy -y --skip-preview", "dev");
        report("destroy that keeps definitions and namespace", seconds);

        const left = await get<{ items: { kind: string; metadata: { name: string; finalizers?: string[] } }[] }>(
            "dev",
            "-A",
            "helmreleases,kustomizations.kustomize.toolkit.fluxcd.io,gitrepositories,helmrepositories",
        );
        assert.deepEqual(
            left.items
                .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.finalizers?.join() ?? "free"}`)
                .sort(),
            ["HelmRelease released free", "HelmRepository charts free", "Kustomization nested free"],
        );
        assert.deepEqual(await names("-n", "flux-system", "secrets,deployments"), []);
        assert.deepEqual(await podUids(), pods);
    });

    it("is taken over by an up that is told to", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({ "fluxcd:flux.existing": "adopt" }));
        await infrastructureIsApplied();
        assert.deepEqual(await podUids(), pods);
        assert.ok(await exists("dev", "-n", "uninstall", "alert", "chat"));
    });

    it("has its content taken back", async () => {
        clone.edit(`${overlay}/kustomization.yaml`, (text) => text.replace("  - flux.yaml\n", ""));
        await clone.git("rm", "--quiet", "-r", "-f", `${overlay}/flux.yaml`, "uninstall");
        await clone.push("Take it back");
        await mustPulumi("up -y --skip-preview", "dev", dev());
        await reconcile("dev", "gitrepository", "infrastructure");
        await infrastructureIsApplied();
        await waitFor("the namespace is pruned", 90, async () => {
            assert.equal(await exists("dev", "namespace", "uninstall"), false);
        });
    });
});
