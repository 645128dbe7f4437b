import assert from "node:assert/strict";

import { assess } from "../../cli/status/assess";
import type { ClusterFacts } from "../../cli/status/facts";
import { type Config, readConfig } from "../../config";
import { cluster, gitRepository, kustomization, old, ready, since, wanted } from "../support/clusterFacts";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

describe("The status of an environment", () => {
    let config: Config;
    const commits = { infrastructure: wanted, apps: wanted };
    const apps = (facts: ClusterFacts) => assess(config, facts, commits).sources.apps;

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    it("is healthy where everything is as the stack file has it", () => {
        const found = assess(config, cluster(), commits);
        assert.equal(found.healthy, true);
        assert.deepEqual(found.sources.apps, {
            state: "ready",
            wanted: { ref: "staging-v1.0.0", commit: wanted },
            fetched: `staging-v1.0.0@sha1:${wanted}`,
            applied: `staging-v1.0.0@sha1:${wanted}`,
            since,
            message: undefined,
            drift: [],
            mend: undefined,
        });
    });

    it("is not while a controller is down, or none is there", () => {
        const controllers = [{ name: "source-controller", version: "v1.9.5", ready: false }];
        assert.equal(assess(config, { ...cluster(), controllers }, commits).healthy, false);
        assert.equal(assess(config, { ...cluster(), controllers: [] }, commits).healthy, false);
    });

    it("is reconciling while another commit of the same tag is applied, also with a Ready of before", () => {
        const { state } = apps(cluster({ kustomization: kustomization("apps", {}, old) }));
        assert.equal(state, "reconciling");
    });

    it("is reconciling while a controller has not seen the latest change", () => {
        const unseen = gitRepository({ metadata: { name: "fluxcd-apps", namespace: "flux-system", generation: 3 } });
        assert.equal(apps(cluster({ gitRepository: unseen })).state, "reconciling");
    });

    it("takes any commit of the ref where GitHub was not asked", () => {
        const unknown = { infrastructure: undefined, apps: undefined };
        assert.equal(assess(config, cluster(), unknown).sources.apps.state, "ready");
    });

    it("fails in Flux's own words, with the command that shows more", () => {
        const conditions = [
            { ...ready, status: "False", reason: "HealthCheckFailed", message: "podinfo is not ready" },
        ];
        const { state, message, mend } = apps(
            cluster({ kustomization: kustomization("apps", { status: { conditions } }) }),
        );
        assert.deepEqual([state, message], ["failing", "HealthCheckFailed: podinfo is not ready"]);
        assert.equal(mend, "kubectl --context staging -n flux-system get kustomization apps --output yaml");
    });

    it("blames the source where both fail, as the Kustomization can only follow", () => {
        const failed = (reason: string) => ({ status: { conditions: [{ ...ready, status: "False", reason }] } });
        const { message } = apps(
            cluster({
                gitRepository: gitRepository(failed("GitOperationFailed")),
                kustomization: kustomization("apps", failed("ArtifactFailed")),
            }),
        );
        assert.match(message ?? "", /^GitOperationFailed/);
    });

    it("is missing where the cluster has none", () => {
        const { state, mend } = apps(cluster({ kustomization: undefined }));
        assert.deepEqual([state, mend], ["missing", "pulumi up --stack staging --refresh"]);
    });

    it("is suspended by hand, which is a drift with a way back", () => {
        const found = assess(
            config,
            cluster({ gitRepository: gitRepository({ spec: { suspend: true, ref: { tag: "staging-v1.0.0" } } }) }),
            commits,
        );
        assert.equal(found.healthy, false);
        assert.deepEqual(found.sources.apps.drift, ["it is suspended by hand: the stack file does not say so"]);
        assert.match(found.sources.apps.mend ?? "", /patch gitrepository fluxcd-apps .*"suspend":null/);
    });

    it("is suspended and healthy where the stack file says so", () => {
        const suspended = { ...config, apps: { ...config.apps, suspend: true } };
        const facts = cluster({
            gitRepository: gitRepository({ spec: { suspend: true, ref: { tag: "staging-v1.0.0" } } }),
            kustomization: kustomization("apps", { spec: { suspend: true, path: "./apps/overlays/staging" } }),
        });
        const found = assess(suspended, facts, commits);
        assert.deepEqual([found.sources.apps.state, found.healthy], ["suspended", true]);
        assert.equal(assess(suspended, cluster(), commits).healthy, false);
    });

    it("has drifted where the cluster follows something else", () => {
        const { drift } = apps(
            cluster({
                gitRepository: gitRepository({ spec: { ref: { branch: "main" } } }),
                kustomization: kustomization("apps", { spec: { path: "./apps/overlays/dev" } }),
            }),
        );
        assert.deepEqual(drift, [
            "the source follows branch main, the stack file says tag staging-v1.0.0",
            "the path is ./apps/overlays/dev, the stack file says ./apps/overlays/staging",
        ]);
    });
});
