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
    it("returns nothing without a history", () => {
        assert.deepEqual(healthyRevisions(undefined), []);
        assert.deepEqual(healthyRevisions([]), []);
    });

    it("returns the start of each healthy period, and its end if the revision was replaced", () => {
        const history = [snapshot("b", "11:00", "12:00"), snapshot("a", "09:00", "10:59")];
        assert.deepEqual(healthyRevisions(history), [period("b", "11:00"), period("a", "09:00", "10:59")]);
    });

    it("omits a revision that was applied but never became healthy", () => {
        const history = [snapshot("b", "11:00", "12:00", "HealthCheckFailed"), snapshot("a", "09:00", "10:59")];
        assert.deepEqual(healthyRevisions(history), [period("a", "09:00", "10:59")]);
    });

    it("starts a new period after a failure in between", () => {
        const history = [snapshot("a", "09:00", "12:00"), snapshot("a", "10:00", "11:00", "HealthCheckFailed")];
        assert.deepEqual(healthyRevisions(history), [period("a", "11:00")]);
    });

    it("starts a new period after another revision ran in between", () => {
        const history = [snapshot("a", "08:00", "12:00"), snapshot("b", "09:00", "11:30")];
        assert.deepEqual(healthyRevisions(history), [period("a", "11:30"), period("b", "09:00", "11:30")]);
    });

    it("omits a snapshot without a revision", () => {
        const { metadata, ...without } = snapshot("a", "09:00", "10:00");
        assert.ok(metadata);
        assert.deepEqual(healthyRevisions([without]), []);
    });
});

describe("healthyTogether", () => {
    const at = (revision: string, ...times: [string, string?]) => period(revision, ...times);

    it("returns the periods of a single Kustomization, and nothing for none", () => {
        assert.deepEqual(healthyTogether([[at("a", "10:00")]]), [at("a", "10:00")]);
        assert.deepEqual(healthyTogether([]), []);
    });

    it("begins a period when the last Kustomization became healthy", () => {
        assert.deepEqual(healthyTogether([[at("a", "10:00")], [at("a", "11:00")]]), [at("a", "11:00")]);
        assert.deepEqual(healthyTogether([[at("a", "11:00")], [at("a", "10:00")]]), [at("a", "11:00")]);
    });

    it("ends a period when the first Kustomization stopped being healthy", () => {
        const [long, short] = [at("a", "09:00", "12:00"), at("a", "10:00", "11:00")];
        assert.deepEqual(healthyTogether([[long], [short]]), [short]);
        assert.deepEqual(healthyTogether([[short], [long]]), [short]);
        assert.deepEqual(healthyTogether([[at("a", "08:00")], [long], [short]]), [short]);
    });

    it("includes only the revisions that every Kustomization had", () => {
        const [a, b] = [at("a", "10:00", "11:00"), at("b", "11:00")];
        assert.deepEqual(healthyTogether([[b, a], [a]]), [a]);
        assert.deepEqual(healthyTogether([[b, a], [b]]), [b]);
        assert.deepEqual(healthyTogether([[b, a], []]), []);
    });
});

describe("partsOf", () => {
    it("splits a revision into ref and commit, even if the branch name contains an @", () => {
        assert.deepEqual(partsOf("main@sha1:abc"), { ref: "main", commit: "abc" });
        assert.deepEqual(partsOf("user@feature@sha1:abc"), { ref: "user@feature", commit: "abc" });
        assert.deepEqual(partsOf("sha1:abc"), { ref: "", commit: "abc" });
    });
});

describe("commitIn", () => {
    it("returns the commit of a revision, even if the branch name contains an @", () => {
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

    it("reads the cluster, and takes from the outputs what the cluster has forgotten", async () => {
        const { context, sources, unreachable } = await gatherEvidence(outputs);
        assert.equal(unreachable, undefined);
        assert.equal(context, "dev");
        const both = { healthy: [period("main@sha1:2", "10:00"), period("old", "07:00", "08:00")] };
        assert.deepEqual(sources, { infrastructure: both, apps: both });
    });

    it("covers each source in the outputs, combined over the Kustomizations that apply it", async () => {
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

    it("reports no healthy revision while one of a source's Kustomizations is missing", async () => {
        const { sources } = await gatherEvidence(outputsOf(here, { apps: [] }, { charts: "apps" }));
        assert.deepEqual(sources, { apps: { healthy: [] } });
    });

    it("repeats Flux's message if a source fails", async () => {
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }];
        world.answers.set(kustomization("apps"), { status: { lastAttemptedRevision: "main@sha1:3", conditions } });
        const { sources } = await gatherEvidence(outputs);
        const failing = { kustomization: "apps", revision: "main@sha1:3", message: "BuildFailed: no such file" };
        assert.deepEqual(sources.apps?.failing, failing);
        assert.equal(sources.infrastructure?.failing, undefined);
    });

    it("has the kinds whose health Flux did not know, of each Kustomization, without another request", async () => {
        const live = (ids: readonly string[], spec: object, failing?: object) => ({
            spec: { wait: true, ...spec },
            status: {
                history: [],
                inventory: { entries: ids.map((id) => ({ id })) },
                conditions: failing ? [failing] : [],
            },
        });
        const [issuer, sealed] = ["_le_cert-manager.io_ClusterIssuer", "a_b_bitnami.com_SealedSecret"];
        const own = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", current: "true" };
        world.answers.set(kustomization("apps"), live([sealed, "a_b_apps_Deployment"], { healthCheckExprs: [own] }));
        world.answers.set(kustomization("charts"), live([sealed], { wait: false }));
        world.answers.set(
            kustomization("configs"),
            live([issuer], {}, { type: "Ready", status: "False", reason: "Strange", message: "x" }),
        );
        const three = outputsOf(here, { apps: [], infrastructure: [] }, { charts: "apps", configs: "infrastructure" });
        const { sources } = await gatherEvidence(three);
        assert.equal("unknownHealth" in (sources.apps ?? {}), false);
        const [found, ...others] = sources.infrastructure?.unknownHealth ?? [];
        assert.deepEqual(found, {
            kind: "ClusterIssuer.cert-manager.io",
            preset: "cert-manager",
            kustomization: "configs",
        });
        assert.deepEqual(others, []);
        assert.equal(sources.infrastructure?.failing?.kustomization, "configs");
    });

    it("names the failing Kustomization if a source has several", async () => {
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such file" }];
        world.answers.set(kustomization("charts"), { status: { lastAttemptedRevision: "main@sha1:2", conditions } });
        const { sources } = await gatherEvidence(outputsOf(here, { apps: [] }, { charts: "apps" }));
        const failing = { kustomization: "charts", revision: "main@sha1:2", message: "BuildFailed: no such file" };
        assert.deepEqual(sources.apps, { healthy: [], failing });
    });

    it("falls back to the outputs if the cluster does not answer, and reports the reason", async () => {
        await world.close();
        const { sources, unreachable } = await gatherEvidence(outputs);
        assert.deepEqual(sources, { infrastructure: { healthy: recorded }, apps: { healthy: recorded } });
        assert.match(unreachable ?? "", /ECONNREFUSED/);
    });

    it("does not read a cluster whose uid differs from the outputs", async () => {
        const elsewhere = { ...outputs, cluster: { context: "dev", uid: "uid-of-another" } };
        assert.match((await gatherEvidence(elsewhere)).unreachable ?? "", /leads to another cluster/);
    });

    it("does not read a cluster if the kubeconfig has no such context", async () => {
        const elsewhere = { ...outputs, cluster: { ...outputs.cluster, context: "dev-eu" } };
        assert.match((await gatherEvidence(elsewhere)).unreachable ?? "", /no context dev-eu/);
    });

    for (const [title, value] of [
        ["no outputs", undefined],
        ["the outputs of a stack that was never updated", {}],
        ["the outputs of another program", { cluster: "dev", apps: [] }],
        ["outputs without evidence", { ...outputsOf({ context: "dev", uid: "uid" }, {}), evidence: undefined }],
    ] as const) {
        it(`rejects outputs that it cannot use: ${title}`, async () => {
            await assert.rejects(gatherEvidence(value), /no outputs of this program yet/);
        });
    }
});
