import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { type Engine, startEngine } from "../support/engine";
import { settled, value } from "../support/program";
import { startFluxWorld, sync } from "../support/sync";
import type { World } from "../support/world";

const objects = {
    source: "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/fluxcd-apps",
    kustomization: "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps",
};

describe("The status of a Sync", () => {
    let engine: Engine;
    let world: World;

    beforeEach(async () => {
        engine = await startEngine();
        world = await startFluxWorld();
    });
    afterEach(() => world.close());

    const standing = async (source: object | number, applier: object | number) => {
        world.answers.set(`GET ${objects.source}`, source);
        world.answers.set(`GET ${objects.kustomization}`, applier);
        const { suspended, fetchedRevision, appliedRevision, healthyRevisions } = sync({ branch: "main" }).status;
        return value(pulumi.output({ suspended, fetchedRevision, appliedRevision, healthyRevisions }));
    };
    const source = { spec: {}, status: { artifact: { revision: "main@sha1:2" } } };
    const snapshot = {
        firstReconciled: "2026-11-01T10:00:00Z",
        lastReconciled: "2026-11-01T11:00:00Z",
        lastReconciledStatus: "ReconciliationSucceeded",
        metadata: { revision: "main@sha1:1" },
    };
    const applier = { spec: {}, status: { lastAppliedRevision: "main@sha1:1", history: [snapshot] } };

    it("is what the cluster has fetched, applied and found healthy once both objects are made", async () => {
        const { healthyRevisions, ...revisions } = await standing(source, applier);
        assert.deepEqual(revisions, {
            suspended: false,
            fetchedRevision: "main@sha1:2",
            appliedRevision: "main@sha1:1",
        });
        assert.deepEqual(
            healthyRevisions.map(({ revision }) => revision),
            ["main@sha1:1"],
        );
    });

    const suspend = { suspend: true };
    for (const [what, from, by] of [
        ["GitRepository", { ...source, spec: suspend }, applier],
        ["Kustomization", source, { ...applier, spec: suspend }],
    ] as const) {
        it(`is suspended if the cluster's ${what} is`, async () => {
            assert.equal((await standing(from, by)).suspended, true);
        });
    }

    it("has no revision if the cluster does not have the objects", async () => {
        assert.deepEqual(await standing(404, 404), {
            suspended: false,
            fetchedRevision: undefined,
            appliedRevision: undefined,
            healthyRevisions: [],
        });
    });

    it("takes no resource of its own", async () => {
        await standing(source, applier);
        await settled();
        assert.deepEqual(
            engine.registered.filter(({ options }) => "id" in options),
            [],
        );
    });
});
