import assert from "node:assert/strict";

import { commitIn, partsOf } from "../../domain/release";
import { gatherEvidence, healthyRevisions, healthyTogether } from "../../promotion/evidence";
import { startWorld, type World } from "../support/world";
import { outputsOf } from "./outputs";

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

describe("healthyTogether", () => {
    const at = (revision: string, ...times: [string, string?]) => period(revision, ...times);

    it("is what the only one knows, and nothing where there is none", () => {
        assert.deepEqual(healthyTogether([[at("a", "10:00")]]), [at("a", "10:00")]);
        assert.deepEqual(healthyTogether([]), []);
    });

    it("begins with the last of them", () => {
        assert.deepEqual(healthyTogether([[at("a", "10:00")], [at("a", "11:00")]]), [at("a", "11:00")]);
        assert.deepEqual(healthyTogether([[at("a", "11:00")], [at("a", "10:00")]]), [at("a", "11:00")]);
    });

    it("ends with the first of them, and lasts where it does for all", () => {
        const [long, short] = [at("a", "09:00", "12:00"), at("a", "10:00", "11:00")];
        assert.deepEqual(healthyTogether([[long], [short]]), [short]);
        assert.deepEqual(healthyTogether([[short], [long]]), [short]);
        assert.deepEqual(healthyTogether([[at("a", "08:00")], [long], [short]]), [short]);
    });

    it("is of the revisions that all of them had", () => {
        const [a, b] = [at("a", "10:00", "11:00"), at("b", "11:00")];
        assert.deepEqual(healthyTogether([[b, a], [a]]), [a]);
        assert.deepEqual(healthyTogether([[b, a], [b]]), [b]);
        assert.deepEqual(healthyTogether([[b, a], []]), []);
    });
});

describe("A revision", () => {
    it("is taken apart into its ref and its commit, also of a branch with an @", () => {
        assert.deepEqual(partsOf("main@sha1:abc"), { ref: "main", commit: "abc" });
        assert.deepEqual(partsOf("user@feature@sha1:abc"), { ref: "user@feature", commit: "abc" });
        assert.deepEqual(partsOf("sha1:abc"), { ref: "", commit: "abc" });
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
    const recorded = [period("old", "07:00", "08:00"), period("main@sha1:1", "08:00")];
    const here = { context: "dev", uid: "uid-of-the-cluster" };
    const outputs = outputsOf(here, { infrastructure: recorded, apps: recorded });

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
        const { context, sources, unreachable } = await gatherEvidence(outputs);
        assert.equal(unreachable, undefined);
        assert.equal(context, "dev");
        const both = { healthy: [period("main@sha1:2", "10:00"), period("old", "07:00", "08:00")] };
        assert.deepEqual(sources, { infrastructure: both, apps: both });
    });

    it("is of each source that the outputs have, by the Kustomizations that apply from it", async () => {
        const ran = [snapshot("main@sha1:2", "11:00", "12:00"), snapshot("main@sha1:1", "09:00", "10:59")];
        world.answers.set(kustomization("platform"), { status: { history: ran, conditions: [] } });
        world.answers.set(kustomization("charts"), {
            status: { history: [snapshot("main@sha1:2", "11:30", "12:00")], conditions: [] },
        });
        const three = outputsOf(here, { apps: [], platform: [] }, { charts: "platform" });
        assert.deepEqual((await gatherEvidence(three)).sources, {
            apps: { healthy: [period("main@sha1:2", "10:00")] },
            platform: { healthy: [period("main@sha1:2", "11:30")] },
        });
    });

    it("is no health while one of a source's Kustomizations is not there", async () => {
        const { sources } = await gatherEvidence(outputsOf(here, { apps: [] }, { charts: "apps" }));
        assert.deepEqual(sources, { apps: { healthy: [] } });
    });

    it("repeats what Flux fails at", async () => {
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }];
        world.answers.set(kustomization("apps"), { status: { lastAttemptedRevision: "main@sha1:3", conditions } });
        const { sources } = await gatherEvidence(outputs);
        const failing = { kustomization: "apps", revision: "main@sha1:3", message: "BuildFailed: no such file" };
        assert.deepEqual(sources.apps?.failing, failing);
        assert.equal(sources.infrastructure?.failing, undefined);
    });

    it("names the Kustomization that fails, of several of a source", async () => {
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }];
        world.answers.set(kustomization("charts"), { status: { lastAttemptedRevision: "main@sha1:2", conditions } });
        const { sources } = await gatherEvidence(outputsOf(here, { apps: [] }, { charts: "apps" }));
        const failing = { kustomization: "charts", revision: "main@sha1:2", message: "BuildFailed: no such file" };
        assert.deepEqual(sources.apps, { healthy: [], failing });
    });

    it("goes by the outputs where the cluster does not answer, and says why", async () => {
        await world.close();
        const { sources, unreachable } = await gatherEvidence(outputs);
        assert.deepEqual(sources, { infrastructure: { healthy: recorded }, apps: { healthy: recorded } });
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
        ["those without evidence", { ...outputsOf({ context: "dev", uid: "uid" }, {}), evidence: undefined }],
    ] as const) {
        it(`fails without outputs to go by: ${title}`, async () => {
            await assert.rejects(gatherEvidence(value), /no outputs of this program yet/);
        });
    }
});
