import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Kustomization } from "../../components/kustomization";
import { stackOutputs, type StackOutputsArgs } from "../../components/stackOutputs";
import type { Source } from "../../components/source";
import { mapInOrder } from "../../config";
import { outputsSchema, type StackOutputs } from "../../domain/outputs";
import { type Engine, startEngine } from "../support/engine";
import { applied, appliedApps, kustomization, lists, podinfo, source, startFluxWorld } from "../support/fluxObjects";
import { outcome, settled } from "../support/program";
import type { World } from "../support/world";

const page = "https://github.com/misua/fluxcd-apps";
const config = { stack: "dev", environment: "development", context: "dev", flux: { version: "v2.9.5" } };
const credentials = { github: { expires: "2027-01-31T12:00:00.000Z" }, flux: { identity: "deployKey" } } as const;

const live = (name: string, status: object = {}, spec: object = {}) => ({ metadata: { name }, spec, status });
const fetched = (revision: string) => ({ artifact: { revision } });

/** A result of Flux's at a revision, in a minute of one hour. */
const snapshot = (revision: string, first: number, last: number, lastReconciledStatus = "ReconciliationSucceeded") => ({
    firstReconciled: minute(first),
    lastReconciled: minute(last),
    lastReconciledStatus,
    metadata: { revision },
});
const minute = (at: number) => `2026-11-01T10:${String(at).padStart(2, "0")}:00Z`;

describe("The outputs of a stack", () => {
    let engine: Engine;
    let world: World;

    beforeEach(async () => {
        engine = await startEngine();
        world = await startFluxWorld();
    });
    afterEach(() => world.close());

    /** What the cluster has of GitRepositories and of Kustomizations. */
    const inCluster = (sources: object[], kustomizations: object[]) => {
        world.answers.set(lists.sources, { items: [live("another"), ...sources] });
        world.answers.set(lists.kustomizations, { items: [live("another"), ...kustomizations] });
    };
    const outputs = async (sources: Source[], kustomizations: Kustomization[]): Promise<StackOutputs> => {
        const byName = <T extends { name: string }>(all: T[]) => Object.fromEntries(all.map((it) => [it.name, it]));
        const repositories = { apps: { htmlUrl: pulumi.output(page) } } as unknown as StackOutputsArgs["repositories"];
        const made = { sources: byName(sources), kustomizations: byName(kustomizations) };
        const found = { clusterUid: "uid-of-the-cluster", credentials, sources: {} };
        const all = stackOutputs({ config: config as StackOutputsArgs["config"], found, repositories, ...made });
        return await outcome(pulumi.output(all));
    };
    const ofApps = () => {
        const apps = source();
        return outputs([apps], [applied(apps)]);
    };

    it("contain its environment and cluster, and the revisions fetched, applied and healthy", async () => {
        const history = [snapshot("main@sha1:1", 0, 30)];
        inCluster(
            [live("apps", fetched("main@sha1:2"))],
            [live("apps", { lastAppliedRevision: "main@sha1:1", history })],
        );
        const all = await ofApps();
        assert.deepEqual(all, {
            environment: "development",
            fluxVersion: "v2.9.5",
            cluster: { context: "dev", uid: "uid-of-the-cluster" },
            credentials,
            sources: { apps: { repository: page, branch: "main", fetched: "main@sha1:2" } },
            kustomizations: { apps: { source: "apps", path: "./apps/overlays/dev", applied: "main@sha1:1" } },
            evidence: { apps: [{ revision: "main@sha1:1", since: minute(0) }] },
        });
        assert.deepEqual(outputsSchema.parse(all), all);
    });

    it("mark a suspended GitRepository, and not its Kustomization", async () => {
        inCluster([live("apps", fetched("main@sha1:2"), { suspend: true })], [live("apps")]);
        const { sources, kustomizations } = await ofApps();
        assert.deepEqual(sources.apps, { repository: page, branch: "main", suspended: true, fetched: "main@sha1:2" });
        assert.equal("suspended" in (kustomizations.apps ?? {}), false);
    });

    it("mark a suspended Kustomization, and not its GitRepository", async () => {
        inCluster([live("apps")], [live("apps", { lastAppliedRevision: "main@sha1:1" }, { suspend: true })]);
        const { sources, kustomizations } = await ofApps();
        const { path } = appliedApps;
        assert.deepEqual(kustomizations.apps, { source: "apps", path, suspended: true, applied: "main@sha1:1" });
        assert.equal("suspended" in (sources.apps ?? {}), false);
    });

    it("contain no revision if the cluster does not have the objects", async () => {
        const { sources, kustomizations, evidence } = await ofApps();
        assert.deepEqual(sources, { apps: { repository: page, branch: "main" } });
        assert.deepEqual(kustomizations, { apps: { source: "apps", path: "./apps/overlays/dev" } });
        assert.deepEqual(evidence, { apps: [] });
    });

    it("register no resource that is read from the cluster", async () => {
        await ofApps();
        await settled();
        assert.deepEqual(
            engine.registered.filter(({ options }) => "id" in options),
            [],
        );
    });

    it("list every source and Kustomization, and no evidence for a source that is not promoted", async () => {
        const history = [snapshot("6.10.0@sha1:b", 0, 30)];
        inCluster(
            [live("podinfo", fetched("6.11.0@sha1:a"), { suspend: true })],
            [live("web", { lastAppliedRevision: "6.10.0@sha1:b", history })],
        );
        const from = source(podinfo);
        const web = applied(from, { name: "web", path: "./kustomize" });
        const { sources, kustomizations, evidence } = await outputs([from], [web]);
        const repository = "https://github.com/stefanprodan/podinfo";
        assert.deepEqual(sources, {
            podinfo: { repository, tag: "6.11.0", suspended: true, fetched: "6.11.0@sha1:a" },
        });
        assert.deepEqual(kustomizations, {
            web: { source: "podinfo", path: "./kustomize", applied: "6.10.0@sha1:b" },
        });
        assert.deepEqual(evidence, {});
    });

    it("contain the version range or the commit that a source follows", async () => {
        const range = source({ ...podinfo, name: "range", ref: { semver: ">=1.0.0" } });
        const pinned = source({ ...podinfo, name: "pinned", ref: { commit: "a".repeat(40) } });
        const { sources } = await outputs([range, pinned], []);
        const repository = "https://github.com/stefanprodan/podinfo";
        assert.deepEqual(sources, {
            range: { repository, semver: ">=1.0.0" },
            pinned: { repository, commit: "a".repeat(40) },
        });
    });

    it("contain the commit of a release, and its exemption", async () => {
        const exemption = { kind: "hotfix", reason: "CVE" } as const;
        const found = { ref: { tag: "prod-v1.2.3", commit: "a".repeat(40) } };
        const { sources } = await outputs([source({ ref: { tag: "prod-v1.2.3" }, exemption }, { found })], []);
        assert.deepEqual(sources.apps, { repository: page, tag: "prod-v1.2.3", commit: "a".repeat(40), exemption });
    });

    it("count as evidence only times in which all Kustomizations of a source were healthy", async () => {
        const failed = "HealthCheckFailed";
        inCluster(
            [],
            [
                live("apps", { history: [snapshot("main@sha1:2", 20, 50), snapshot("main@sha1:1", 0, 18)] }),
                live("jobs", {
                    history: [
                        snapshot("main@sha1:2", 25, 50),
                        snapshot("main@sha1:1", 5, 12),
                        snapshot("main@sha1:0", 0, 3, failed),
                    ],
                }),
            ],
        );
        const apps = source();
        const { evidence } = await outputs([apps], [applied(apps), applied(apps, { name: "jobs", path: "./jobs" })]);
        assert.deepEqual(evidence, {
            apps: [
                { revision: "main@sha1:2", since: minute(25) },
                { revision: "main@sha1:1", since: minute(5), until: minute(12) },
            ],
        });
    });

    it("have no evidence for a revision at which one Kustomization of a source fails", async () => {
        inCluster(
            [],
            [
                live("apps", { history: [snapshot("main@sha1:2", 20, 50)] }),
                live("jobs", { history: [snapshot("main@sha1:2", 20, 50, "HealthCheckFailed")] }),
            ],
        );
        const apps = source();
        const both = [applied(apps), applied(apps, { name: "jobs", path: "./jobs" })];
        assert.deepEqual((await outputs([apps], both)).evidence, { apps: [] });
    });

    it("for 500 Kustomizations, register two resources each and list the cluster's objects once", async () => {
        const from = source(podinfo);
        const names = Array.from({ length: 500 }, (_, index) => `team-${index}`);
        const settings = names.map((name, index) => {
            const dependsOn = index === 0 ? [] : [names[index - 1] ?? ""];
            return [name, { ...appliedApps, name, source: "podinfo", dependsOn }] as const;
        });
        const made = mapInOrder<Kustomization>(Object.fromEntries(settings), (it, earlier) =>
            applied(from, it, {}, { dependsOn: [...earlier] }),
        );
        await outputs([from], Object.values(made));
        const made500 = engine.registered.filter(({ name }) => name.startsWith("team-"));
        const types = ["fluxcd:flux:Kustomization", kustomization];
        assert.deepEqual(new Set(made500.map(({ type }) => type)), new Set(types));
        assert.equal(made500.length, 1000);
        const dependencies = made500.map(({ options }) => (options.dependsOn as string[] | undefined)?.length ?? 0);
        assert.ok(Math.max(...dependencies) <= 3, `one has ${Math.max(...dependencies)} dependencies`);
        assert.deepEqual(
            world.asked.filter((request) => request.includes("/namespaces/")).sort(),
            Object.values(lists).sort(),
        );
    });
});
