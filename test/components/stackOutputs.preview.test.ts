import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { stackOutputs, type StackOutputsArgs } from "../../components/stackOutputs";
import type { Source as SourceSettings } from "../../config/sources";
import type { StackOutputs } from "../../domain/outputs";
import { startEngine } from "../support/engine";
import { applied, appliedApps, lists, source, startFluxWorld } from "../support/fluxObjects";
import { outcome } from "../support/program";
import type { World } from "../support/world";

const config = {
    stack: "production",
    environment: "production",
    context: "production",
    flux: { version: "v2.9.5" },
} as StackOutputsArgs["config"];
const commit = "a".repeat(40);
const release = { ref: { tag: "prod-v1.2.3" } };
const pinned = { found: { ref: { tag: "prod-v1.2.3", commit } } };
const since = "2026-11-02T10:00:00Z";
const before = "prod-v1.2.2@sha1:2";
const recorded = { apps: [{ revision: "prod-v1.2.1@sha1:1", since: "2026-11-01T10:00:00Z" }] };

describe("The stack outputs", () => {
    let world: World;
    /** The stacks whose outputs were asked for. */
    const asked: unknown[] = [];

    beforeEach(async () => {
        world = await startFluxWorld();
        asked.length = 0;
    });
    afterEach(() => world.close());

    const startPreview = (preview: "existing" | "new", outputs: object | undefined) => {
        const readStackOutputs = ({ name }: Readonly<Record<string, unknown>>) => {
            asked.push(name);
            if (!outputs) {
                throw new Error("no stack named production");
            }
            return { outputs };
        };
        return startEngine(
            "production",
            {},
            { preview, calls: { "pulumi:pulumi:readStackOutputs": readStackOutputs } },
        );
    };

    /** The cluster has the release before, or another revision, and found it healthy. */
    const inCluster = ({ spec = {}, revision = before }: { spec?: object; revision?: string } = {}) => {
        const result = {
            firstReconciled: since,
            lastReconciled: since,
            lastReconciledStatus: "ReconciliationSucceeded",
        };
        const history = [{ ...result, metadata: { revision } }];
        const metadata = { name: "apps" };
        world.answers.set(lists.sources, { items: [{ metadata, spec, status: { artifact: { revision } } }] });
        world.answers.set(lists.kustomizations, {
            items: [{ metadata, spec, status: { lastAppliedRevision: revision, history } }],
        });
    };

    const outputs = (settings: Partial<SourceSettings>, found: typeof pinned | object = {}) => {
        const apps = source(settings, found);
        const kustomizations = { apps: applied(apps) };
        const credentials = { github: {}, flux: { identity: "deployKey" } } as const;
        const args = { config, found: { clusterUid: "uid", credentials, sources: {} }, repositories: {} };
        return pulumi.output(stackOutputs({ ...args, sources: { apps }, kustomizations }));
    };
    const known = async (...args: Parameters<typeof outputs>) => (await outcome(outputs(...args))) as StackOutputs;

    it("in a preview of another release, show its tag and commit, but no fetched or applied revision", async () => {
        await startPreview("existing", { evidence: recorded });
        inCluster();
        const { sources, kustomizations } = await known(release, pinned);
        assert.deepEqual(sources.apps, { repository: "", tag: "prod-v1.2.3", commit });
        assert.deepEqual(kustomizations.apps, { source: "apps", path: appliedApps.path });
    });

    it("in a preview of another release, equal the outputs of the update except for the evidence", async () => {
        await startPreview("existing", { evidence: recorded });
        inCluster();
        const { evidence: _, ...previewed } = await known(release, pinned);
        await startEngine("production");
        inCluster({ revision: `prod-v1.2.3@sha1:${commit}` });
        const { evidence, ...updated } = await known(release, pinned);
        assert.deepEqual(updated, previewed);
        assert.deepEqual(evidence, { apps: [{ revision: `prod-v1.2.3@sha1:${commit}`, since }] });
    });

    it("in a preview of a branch, show the revision in the cluster", async () => {
        await startPreview("existing", { evidence: recorded });
        inCluster();
        const { sources, kustomizations } = await known({});
        assert.deepEqual([sources.apps?.fetched, kustomizations.apps?.applied], [before, before]);
        assert.deepEqual(
            [sources.apps?.branch, sources.apps?.tag, sources.apps?.commit],
            ["main", undefined, undefined],
        );
    });

    it("in a preview of a suspended source, show the revision in the cluster", async () => {
        await startPreview("existing", { evidence: recorded });
        inCluster({ spec: { suspend: true } });
        const { sources, kustomizations } = await known(release, pinned);
        assert.deepEqual([sources.apps?.suspended, sources.apps?.fetched], [true, before]);
        assert.deepEqual([kustomizations.apps?.suspended, kustomizations.apps?.applied], [true, before]);
    });

    it("in a preview, repeat the evidence of the stack's last update, so that it shows no difference", async () => {
        await startPreview("existing", { evidence: recorded });
        inCluster();
        assert.deepEqual((await known(release, pinned)).evidence, recorded);
        assert.deepEqual(asked, ["organization/fluxcd/production"]);
    });

    it("in a preview before the first update, have no evidence", async () => {
        await startPreview("existing", undefined);
        inCluster();
        assert.deepEqual((await known(release, pinned)).evidence, {});
    });

    it("in a preview of a new stack, are unknown, and no cluster is asked", async () => {
        await startPreview("new", undefined);
        inCluster();
        const all = outputs(release, pinned);
        const isKnown = await (all as unknown as { isKnown: Promise<boolean> }).isKnown;
        assert.equal(isKnown, false);
        assert.deepEqual(world.asked, []);
    });

    it("after an update, show the revision in the cluster if it differs from the requested one", async () => {
        await startEngine("production");
        inCluster();
        const { sources, kustomizations } = await known(release, pinned);
        assert.deepEqual(sources.apps, { repository: "", tag: "prod-v1.2.3", commit, fetched: before });
        assert.deepEqual(kustomizations.apps, { source: "apps", path: appliedApps.path, applied: before });
    });
});
