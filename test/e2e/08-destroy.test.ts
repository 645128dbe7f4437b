import assert from "node:assert/strict";

import { applied, assertApplied, assertAvailable, contents, exists, get, kubectl, podinfo } from "./support/cluster";
import { api, assertNoWrites, deployKeys, standIn } from "./support/github";
import { kubeconfigPointing } from "./support/kubeconfig";
import { alone } from "./support/promotion";
import { report } from "./support/report";
import { tail } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

describe("staging pointed at another cluster", () => {
    let KUBECONFIG = "";

    before(() => {
        KUBECONFIG = kubeconfigPointing("staging", "production");
    });

    it("is refused, and neither cluster is touched", async () => {
        const before = await Promise.all([contents("staging"), contents("production")]);
        await standIn.forget();
        const { code, output } = await pulumi("up -y --skip-preview", "staging", [], { env: { KUBECONFIG } });
        assert.notEqual(code, 0, tail(output));
        assert.match(output, /fluxcd:context\b.*\s+leads to the cluster with kube-system uid/, tail(output));
        assert.match(output, /pulumi config set --stack staging fluxcd:clusterUid [0-9a-f-]{36}/);
        await assertNoWrites();
        assert.deepEqual(await Promise.all([contents("staging"), contents("production")]), before);
    });

    it("has nothing to do once it is pointed back", () => mustPulumi("preview --expect-no-changes", "staging"));

    it("does not move either when config names that cluster, while the state has objects of its own", async () => {
        const { metadata } = await get<{ metadata: { uid: string } }>("production", "namespace", "kube-system");
        const args = [
            "--config-file",
            configFile("staging", {
                "fluxcd:clusterUid": metadata.uid,
                // Production's Flux is there.
                "fluxcd:flux.existing": "adopt",
            }),
        ];
        const { code, output } = await pulumi("preview", "staging", args, { env: { KUBECONFIG } });
        assert.notEqual(code, 0, tail(output));
        assert.match(
            output,
            /leads to the cluster[^]*PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --stack staging/,
        );
    });
});

describe("staging destroyed", () => {
    let workload: { uid: string; generation: number };
    let revision: string | undefined;

    before(async () => {
        ({ metadata: workload } = await podinfo("staging"));
        ({ revision } = await applied("staging", "apps"));
    });

    it("ends within two minutes", async () => {
        const { output, seconds } = await mustPulumi("destroy -y", "staging");
        report("destroy of staging", seconds);
        assert.ok(seconds < 120, `${seconds} s:\n${tail(output)}`);
    });

    it("leaves the workloads running", async () => {
        const { uid, generation } = (await podinfo("staging")).metadata;
        assert.deepEqual([uid, generation], [workload.uid, workload.generation]);
        await assertAvailable("staging", 2);
    });

    it("leaves nothing of Flux on the cluster", async () => {
        assert.equal(await exists("staging", "namespace", "flux-system"), false);
        const { stdout } = await kubectl("staging", "get", "crd,clusterrole,clusterrolebinding", "-o", "name");
        const flux = stdout.split("\n").filter((name) => /fluxcd|flux-system/.test(name));
        assert.deepEqual(flux, []);
    });

    for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"] as const) {
        it(`leaves ${repository}, and revokes the keys of staging alone`, async () => {
            await api(`/repos/misua/${repository}`);
            const titles = (await deployKeys(repository)).map(({ title }) => title).sort();
            assert.deepEqual(titles, ["flux-dev", "flux-production"]);
        });
    }

    it("comes back with up", async () => {
        // A stack that is new again stands on nothing, and dev has forgotten this release since.
        const { seconds } = await mustPulumi("up -y", "staging", ["--config-file", configFile("staging", alone)]);
        report("up of staging after its destroy", seconds);
        await assertApplied("staging", "apps", revision ?? "");
        assert.equal((await podinfo("staging")).metadata.uid, workload.uid);
        await assertAvailable("staging", 2);
        const titles = (await deployKeys("fluxcd-apps")).map(({ title }) => title).sort();
        assert.deepEqual(titles, ["flux-dev", "flux-production", "flux-staging"]);
        assert.deepEqual(await standIn.errors(), []);
    });
});
