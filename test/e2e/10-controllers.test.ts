import assert from "node:assert/strict";

import { applied, assertApplied, kubectl, reconcile } from "./support/cluster";
import { type Controller, controllers } from "./support/lab";
import { waitFor } from "./support/run";
import { mustPulumi } from "./support/stack";

const context = "production";

async function controller(deployment: string): Promise<Controller> {
    const found = (await controllers()).find((each) => each.cluster === context && each.deployment === deployment);
    assert.ok(found, `${deployment} does not run`);
    return found;
}

describe("a controller", () => {
    it("that is killed makes its Deployment unavailable, and comes back", async () => {
        const deployment = "deployment/source-controller";
        const { pid } = await controller("source-controller");
        assert.ok(pid);
        const wait = (condition: string) =>
            kubectl(context, "-n", "flux-system", "wait", deployment, `--for=condition=${condition}`, "--timeout=90s");
        await wait("Available=True");
        const unavailable = wait("Available=False");
        process.kill(pid, "SIGKILL");
        await unavailable;
        await wait("Available=True");
        const after = await controller("source-controller");
        assert.ok(after.ready);
        assert.notEqual(after.pid, pid);
    });

    it("may do what its service account may, and nothing else", async () => {
        const { revision = "" } = await applied(context, "infrastructure");
        await kubectl(context, "delete", "clusterrolebinding", "cluster-reconciler");
        await waitFor("kustomize-controller is refused", 90, async () => {
            await reconcile(context, "kustomization", "infrastructure");
            const { ready } = await applied(context, "infrastructure");
            assert.equal(ready?.status, "False");
            assert.match(ready.message, /system:serviceaccount:flux-system:kustomize-controller" cannot/);
        });

        await mustPulumi("up -y --refresh", context);
        await reconcile(context, "kustomization", "infrastructure");
        await assertApplied(context, "infrastructure", revision);
    });
});
