import assert from "node:assert/strict";

import { commitIn, gatherEvidence, healthyRevisions } from "../../promotion/evidence";
import { startWorld, type World } from "../support/world";

const success = "ReconciliationSucceeded";
const snapshot = (revision: string, first: string, last: string, status = success) => ({
    firstReconciled: `2026-11-23T${first}:00Z`,
    lastReconciled: `2026-11-23T${last}:00Z`,
    lastReconciledStatus: status,
    metadata: { revision },
});
const period = (revision: string, since: string, until?: string) => ({
    revision,
    since: `2026-11-23T${since}:00Z`,
    ...(until !== undefined && { until: `2026-11-23T${until}:00Z` }),
});

describe("healthyRevisions", () => {
    it("knows nothing without a history", () => {
        assert.deepEqual(healthyRevisions(undefined), []);
        assert.deepEqual(healthyRevisions([]), []);
    });

    it("says since when, and until when for what was replaced", () => {
        const history = [snapshot("b", "11:00", "12:00"), snapshot("a", "09:00", "10:59")];
        assert.deepEqual(healthyRevisions(history), [period("b", "11:00"), period("a", "09:00", "10:59")]);
    });

    it("leaves out what was applied without becoming healthy", () => {
        const history = [snapshot("b", "11:00", "12:00", "HealthCheckFailed"), snapshot("a", "09:00", "10:59")];
        assert.deepEqual(healthyRevisions(history), [period("a", "09:00", "10:59")]);
    });

    it("starts anew after a failure in between", () => {
        const history = [snapshot("a", "09:00", "12:00"), snapshot("a", "10:00", "11:00", "HealthCheckFailed")];
        assert.deepEqual(healthyRevisions(history), [period("a", "11:00")]);
    });

    it("starts anew when another revision ran in between", () => {
        const history = [snapshot("a", "08:00", "12:00"), snapshot("b", "09:00", "11:30")];
        assert.deepEqual(healthyRevisions(history), [period("a", "11:30"), period("b", "09:00", "11:30")]);
    });

    it("leaves out what has no revision", () => {
        const { metadata, ...without } = snapshot("a", "09:00", "10:00");
        assert.ok(metadata);
        assert.deepEqual(healthyRevisions([without]), []);
    });
});

describe("commitIn", () => {
    it("takes the commit out of a revision, also of a branch with an @", () => {
        assert.equal(commitIn("main@sha1:abc"), "abc");
        assert.equal(commitIn("user@feature@sha1:abc"), "abc");
    });
});

describe("gatherEvidence", () => {
    let world: World;
    const kustomization = (name: string) =>
        `GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/${name}`;
    const recorded = { healthyRevisions: [period("old", "07:00", "08:00"), period("main@sha1:1", "08:00")] };
    const outputs = {
        cluster: { context: "dev", uid: "uid-of-the-cluster" },
        infrastructure: recorded,
        apps: recorded,
    };

    beforeEach(async () => {
        world = await startWorld();
        // The client asks what the API server serves first.
        world.answers.set("GET /apis/kustomize.toolkit.fluxcd.io/v1", {
            resources: [{ name: "kustomizations", kind: "Kustomization", namespaced: true }],
        });
        for (const name of ["infrastructure", "apps"]) {
            world.answers.set(kustomization(name), {
                status: { history: [snapshot("main@sha1:2", "10:00", "12:00")], conditions: [] },
            });
        }
    });

    afterEach(async () => {
        await world.close();
    });

    it("takes what the cluster knows, and what it has forgotten from the outputs", async () => {
        const { apps, unreachable } = await gatherEvidence(outputs);
        assert.equal(unreachable, undefined);
        assert.deepEqual(apps, { healthy: [period("main@sha1:2", "10:00"), period("old", "07:00", "08:00")] });
    });

    it("repeats what Flux fails at", async () => {
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }];
        world.answers.set(kustomization("apps"), { status: { lastAttemptedRevision: "main@sha1:3", conditions } });
        const { apps } = await gatherEvidence(outputs);
        assert.deepEqual(apps.failing, { revision: "main@sha1:3", message: "BuildFailed: no such file" });
    });

    it("goes by the outputs where the cluster does not answer, and says why", async () => {
        await world.close();
        const { apps, unreachable } = await gatherEvidence(outputs);
        assert.deepEqual(apps, { healthy: recorded.healthyRevisions });
        assert.match(unreachable ?? "", /ECONNREFUSED/);
    });

    it("does not take another cluster's word", async () => {
        const elsewhere = { ...outputs, cluster: { context: "dev", uid: "uid-of-another" } };
        assert.match((await gatherEvidence(elsewhere)).unreachable ?? "", /leads to another cluster/);
    });

    it("does not look where the kubeconfig has no such context", async () => {
        const elsewhere = { ...outputs, cluster: { ...outputs.cluster, context: "dev-eu" } };
        assert.match((await gatherEvidence(elsewhere)).unreachable ?? "", /no context dev-eu/);
    });

    for (const [title, value] of [
        ["none", undefined],
        ["those of a stack that was never up", {}],
        ["those of another program", { cluster: "dev", apps: [] }],
    ] as const) {
        it(`fails without outputs to go by: ${title}`, async () => {
            await assert.rejects(gatherEvidence(value), /no outputs of this program yet/);
        });
    }
});
