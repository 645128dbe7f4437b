import assert from "node:assert/strict";

import { assess, type ObjectStatus } from "../../../cli/status/assess";
import type { Condition } from "../../../clients/cluster";
import { type Config, readConfig } from "../../../config";
import {
    canaries,
    type Changed,
    cluster,
    commits,
    flagger,
    gitRepository,
    kustomization,
    liveCanaries,
    liveFlagger,
    old,
    ready,
    since,
    stagingWith,
    wanted,
} from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

const builtIn = ["infrastructure", "infrastructure-configs", "apps"];

describe("The status of an environment", () => {
    let config: Config;
    const useStack = (overrides: Record<string, unknown> = {}) => {
        useStackFile("Pulumi.staging.yaml", overrides);
        config = readConfig();
    };
    const look = (changed: Changed = {}) => assess(config, cluster(changed), commits);

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStack();
    });

    it("is healthy if everything is as the stack file declares", () => {
        const found = look();
        assert.equal(found.healthy, true);
        const status = (kind: ObjectStatus["kind"]): ObjectStatus => ({
            kind,
            state: "ready",
            inOrder: true,
            wanted: { ref: "staging-v1.0.0", commit: wanted },
            revision: `staging-v1.0.0@sha1:${wanted}`,
            since,
            message: undefined,
            why: undefined,
            drift: [],
            fix: undefined,
            unknownHealth: undefined,
        });
        const [source, applied] = [status("GitRepository"), status("Kustomization")];
        assert.deepEqual(found.sources, { infrastructure: source, apps: source });
        assert.deepEqual(found.kustomizations, {
            infrastructure: applied,
            "infrastructure-configs": applied,
            apps: applied,
        });
    });

    it("is not healthy if a controller is not ready or no controller exists", () => {
        const controllers = [{ name: "source-controller", version: "v1.9.5", ready: false }];
        assert.equal(assess(config, { ...cluster(), controllers }, commits).healthy, false);
        assert.equal(assess(config, { ...cluster(), controllers: [] }, commits).healthy, false);
    });

    it("contains only the stack's own objects", () => {
        const found = look({ sources: { flagger: liveFlagger }, kustomizations: { canaries: liveCanaries } });
        assert.deepEqual(Object.keys(found.sources), ["infrastructure", "apps"]);
        assert.deepEqual(Object.keys(found.kustomizations), builtIn);
        assert.equal(found.healthy, true);
    });

    it("contains each source and Kustomization of the stack file", () => {
        useStack(stagingWith({ flagger }, { canaries }));
        const found = look({ sources: { flagger: liveFlagger }, kustomizations: { canaries: liveCanaries } });
        assert.equal(found.healthy, true);
        assert.deepEqual(Object.keys(found.sources), ["infrastructure", "apps", "flagger"]);
        assert.deepEqual(Object.keys(found.kustomizations), [...builtIn, "canaries"]);
        const { kind, wanted: wish, revision } = found.kustomizations.canaries ?? assert.fail();
        assert.deepEqual(
            [kind, wish, revision],
            ["Kustomization", { ref: "v1.2.0", commit: undefined }, `v1.2.0@sha1:${wanted}`],
        );
    });

    it("is reconciling if another commit of the tag is fetched or applied, although Ready is true", () => {
        const applied = look({ kustomizations: { apps: kustomization("apps", {}, old) } });
        assert.deepEqual([applied.sources.apps?.state, applied.kustomizations.apps?.state], ["ready", "reconciling"]);
        assert.deepEqual([applied.kustomizations.apps?.inOrder, applied.healthy], [false, false]);
        const fetched = look({ sources: { apps: gitRepository("apps", {}, old) } });
        assert.deepEqual([fetched.sources.apps?.state, fetched.kustomizations.apps?.state], ["reconciling", "ready"]);
    });

    it("is reconciling if nothing is fetched or applied yet", () => {
        const status = { observedGeneration: 1, conditions: [ready] };
        const found = look({ kustomizations: { apps: kustomization("apps", { status }) } });
        assert.deepEqual(
            [found.kustomizations.apps?.state, found.kustomizations.apps?.revision],
            ["reconciling", undefined],
        );
    });

    it("is ready at any commit of the tag if the commit on GitHub is unknown", () => {
        const { sources, kustomizations } = assess(config, cluster(), {});
        assert.deepEqual([sources.apps?.state, kustomizations.apps?.state], ["ready", "ready"]);
    });

    for (const [what, ref, revision] of [
        ["a branch", { branch: "main" }, `main@sha1:${wanted}`],
        ["a range of versions", { semver: ">=1.0.0" }, `v1.2.0@sha1:${wanted}`],
        ["a commit", { commit: wanted }, `sha1:${wanted}`],
    ] as const) {
        it(`recognizes the revision that Flux writes for ${what}`, () => {
            useStack(stagingWith({ flagger }));
            const { flagger: settings = assert.fail() } = config.sources;
            config = { ...config, sources: { ...config.sources, flagger: { ...settings, ref } } };
            const spec = { ...liveFlagger.spec, ref };
            const at = (found: string) => {
                const status = { ...liveFlagger.status, artifact: { revision: found } };
                return look({ sources: { flagger: { ...liveFlagger, spec, status } } }).sources.flagger;
            };
            assert.deepEqual([at(revision)?.state, at(revision)?.wanted.ref], ["ready", Object.values(ref)[0]]);
            assert.equal(at(`v1.1.0@sha1:${old}`)?.state, "semver" in ref ? "ready" : "reconciling");
        });
    }

    // What holds for what is built in holds for every other entry.
    for (const [source, applied] of [
        ["apps", "apps"],
        ["flagger", "canaries"],
    ] as const) {
        describe(`for the source ${source} and the Kustomization ${applied}`, () => {
            const liveSource = source === "apps" ? gitRepository("apps") : liveFlagger;
            const liveApplied = applied === "apps" ? kustomization("apps") : liveCanaries;
            const given = (changed: { source?: object | undefined; applied?: object | undefined }) => {
                const found = look({
                    sources: {
                        flagger: liveFlagger,
                        [source]:
                            "source" in changed ? changed.source && { ...liveSource, ...changed.source } : liveSource,
                    },
                    kustomizations: {
                        canaries: liveCanaries,
                        [applied]:
                            "applied" in changed
                                ? changed.applied && { ...liveApplied, ...changed.applied }
                                : liveApplied,
                    },
                });
                return {
                    healthy: found.healthy,
                    source: found.sources[source] ?? assert.fail(),
                    applied: found.kustomizations[applied] ?? assert.fail(),
                };
            };
            const failed = (reason: string, message = ""): { conditions: Condition[] } => ({
                conditions: [{ ...ready, status: "False", reason, message }],
            });

            beforeEach(() => {
                useStack(stagingWith({ flagger }, { canaries }));
            });

            it("is reconciling if a controller has not observed the latest generation", () => {
                const metadata = { ...liveSource.metadata, generation: 3 };
                const found = given({ source: { metadata } });
                assert.deepEqual([found.source.state, found.source.inOrder], ["reconciling", false]);
                assert.deepEqual([found.applied.state, found.healthy], ["ready", false]);
                const unseen = given({ applied: { metadata: { ...liveApplied.metadata, generation: 2 } } });
                assert.deepEqual([unseen.source.state, unseen.applied.state], ["ready", "reconciling"]);
            });

            it("repeats Flux's message while it is reconciling", () => {
                const conditions = [{ ...ready, status: "Unknown", reason: "Progressing", message: "building" }];
                const { state, message } = given({ applied: { status: { conditions } } }).applied;
                assert.deepEqual([state, message], ["reconciling", "building"]);
            });

            it("is failing with a command that shows more, if the failure is unknown", () => {
                const found = given({ applied: { status: failed("Strange", "something else") } });
                assert.equal(found.healthy, false);
                const { state, message, why, fix } = found.applied;
                assert.deepEqual([state, message, why], ["failing", "Strange: something else", undefined]);
                const look = "kubectl --context staging -n flux-system get";
                assert.equal(fix, `${look} kustomization ${applied} --output yaml`);
                const other = given({ source: { status: failed("Strange") } });
                assert.equal(other.source.fix, `${look} gitrepository ${source} --output yaml`);
            });

            it("is failing with separate messages if the source and the Kustomization fail", () => {
                const found = given({
                    source: { status: failed("GitOperationFailed") },
                    applied: { status: failed("ArtifactFailed") },
                });
                assert.deepEqual([found.source.state, found.applied.state], ["failing", "failing"]);
                assert.match(found.source.message ?? "", /^GitOperationFailed/);
                assert.match(found.applied.message ?? "", /^ArtifactFailed/);
            });

            it("is missing if the object does not exist in the cluster, and names the fix", () => {
                const without = given({ applied: undefined });
                const fix = "pulumi up --stack staging --refresh";
                const { state, inOrder, message, revision } = without.applied;
                assert.deepEqual([state, inOrder, revision], ["missing", false, undefined]);
                assert.equal(message, `the cluster has no Kustomization ${applied}`);
                assert.deepEqual([without.applied.fix, without.source.state, without.healthy], [fix, "ready", false]);
                const neither = given({ source: undefined }).source;
                assert.deepEqual(
                    [neither.state, neither.message, neither.fix],
                    ["missing", `the cluster has no GitRepository ${source}`, fix],
                );
            });
        });
    }

    it("is failing with Flux's message, its explanation and the fix", () => {
        const said = "kustomize build failed: accumulating resources";
        const conditions = [{ ...ready, status: "False", reason: "BuildFailed", message: said }];
        const lastAttemptedRevision = `staging-v1.0.0@sha1:${wanted}`;
        const status = { conditions, lastAttemptedRevision };
        const found = look({ kustomizations: { apps: kustomization("apps", { status }) } });
        const { state, message, why, fix } = found.kustomizations.apps ?? assert.fail();
        assert.deepEqual(
            [state, message, why],
            ["failing", `BuildFailed: ${said}`, "kustomize cannot build the overlay"],
        );
        assert.match(
            fix ?? "",
            new RegExp(`checkout --quiet ${wanted} && kubectl kustomize fluxcd-apps/apps/overlays/staging `),
        );
    });
});
