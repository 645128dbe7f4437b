import assert from "node:assert/strict";

import { applied, assertApplied, assertAvailable, exists, get, kubectl, type Names } from "./support/cluster";
import { devFile, workloads } from "./support/dev";
import { assertNoWrites, standIn, traffic } from "./support/github";
import { report, reportTraffic } from "./support/report";
import { tail } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const ofFlux = ["-l", "app.kubernetes.io/part-of=flux"] as const;

/** In the order of `flux uninstall`: https://github.com/fluxcd/flux2/blob/v2.9.5/cmd/flux/uninstall.go */
async function fluxUninstall(): Promise<void> {
    const remove = (kind: string, ...where: string[]) => kubectl("dev", "delete", kind, ...where, "--timeout=90s");
    for (const kind of ["deployment", "service", "networkpolicy", "serviceaccount"]) {
        await remove(kind, "-n", "flux-system", ...ofFlux);
    }
    await remove("clusterrole,clusterrolebinding", ...ofFlux);
    for (const kind of ["gitrepository", "kustomization.kustomize.toolkit.fluxcd.io"]) {
        const { items } = await get<Names>("dev", kind, "--all-namespaces");
        for (const { metadata } of items) {
            const none = JSON.stringify({ metadata: { finalizers: null } });
            const where = ["-n", metadata.namespace ?? "", kind, metadata.name];
            await kubectl("dev", "patch", ...where, "--type=merge", "-p", none);
        }
    }
    await remove("crd", ...ofFlux);
    await remove("namespace", "flux-system");
}

describe("Flux deleted beside Pulumi", () => {
    let running: string[] = [];
    let revision = "";

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await assertAvailable("dev", 1);
        running = await workloads();
        ({ revision = "" } = await applied("dev", "apps"));
    });
    afterEach(async () => {
        assert.deepEqual(await workloads(), running);
    });

    const assertRefused = async (command: string, says: RegExp) => {
        const { code, output } = await pulumi(command, "dev", await devFile());
        assert.notEqual(code, 0);
        assert.match(output, says, tail(output));
        assert.match(output, /fix: pulumi up --stack dev --refresh/);
    };

    it("with `flux uninstall` is missed by preview and up, which say how to restore it", async () => {
        await fluxUninstall();
        await standIn.forget();
        await assertRefused("preview", /Namespace flux-system, CustomResourceDefinition .* was deleted outside Pulumi/);
        await assertRefused(
            "up -y --skip-preview",
            /Namespace flux-system, CustomResourceDefinition .* was deleted outside Pulumi/,
        );
        await assertNoWrites();
        assert.equal(await exists("dev", "namespace", "flux-system"), false);
    });

    it("is restored by that", async () => {
        const { seconds } = await mustPulumi("up -y --refresh", "dev", await devFile());
        report("up of dev after flux uninstall", seconds);
        await assertApplied("dev", "apps", revision);
        await assertAvailable("dev", 1);
    });

    it("has nothing more to do then", async () => {
        for (const more of [[], ["--refresh"]]) {
            await standIn.forget();
            const { seconds } = await mustPulumi("up -y --expect-no-changes", "dev", [...(await devFile()), ...more]);
            const { reads, writes } = await traffic();
            reportTraffic(`second up of dev ${more.join(" ")}`, seconds, reads, writes.length);
        }
    });

    it("in part is missed and restored too", async () => {
        await kubectl("dev", "-n", "flux-system", "delete", "deployment", "source-controller");
        await assertRefused("preview", /Deployment source-controller was deleted outside Pulumi/);
        await mustPulumi("up -y --skip-preview --refresh", "dev", await devFile());
        await kubectl(
            "dev",
            ...["-n", "flux-system", "wait", "deployment/source-controller", "--for=condition=Available"],
            "--timeout=60s",
        );
    });
});
