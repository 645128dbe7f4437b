import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { type Assessment, assess } from "../../../cli/status/assess";
import type { ClusterFacts } from "../../../cli/status/facts";
import { asHtml } from "../../../cli/status/html";
import { forTerminal } from "../../../cli/status/table";
import { type Config, readConfig } from "../../../config";
import type { Kustomization, Source } from "../../../clients/cluster";
import { cluster, gitRepository, kustomization, ready, since, wanted } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

describe("The status of what a stack follows beside infrastructure and apps", () => {
    const commits = { infrastructure: wanted, apps: wanted };
    const at = new Date("2026-11-23T13:00:00Z");
    let config: Config;

    const flagger = gitRepository({
        metadata: { name: "flagger", namespace: "flux-system", generation: 2 },
        status: { observedGeneration: 2, conditions: [ready], artifact: { revision: `v1.2.0@sha1:${wanted}` } },
    });
    const canaries = kustomization("apps", {
        metadata: { name: "canaries", namespace: "flux-system", generation: 1 },
        status: { observedGeneration: 1, conditions: [ready], lastAppliedRevision: `v1.2.0@sha1:${wanted}` },
    });

    async function given(suspend = false) {
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml", {
            "fluxcd:sources": { flagger: { url: "https://github.com/fluxcd/flagger", tag: "v1.2.0", suspend } },
            "fluxcd:kustomizations": { canaries: { source: "flagger", path: "./kustomize" } },
        });
        config = readConfig();
    }

    function found(source: Source | undefined, applied: Kustomization | undefined): Assessment {
        const further = {
            gitRepositories: [gitRepository(), ...(source ? [source] : [])],
            kustomizations: [kustomization("apps"), ...(applied ? [applied] : [])],
        };
        return assess(config, { ...cluster(), further } satisfies ClusterFacts, commits);
    }

    function shown(assessment: Assessment) {
        const environment = { environment: "staging", context: "staging", promotedFrom: "dev" };
        const state = { cluster: { ...assessment, kubernetes: "v1.36.3" }, credentials: [], next: undefined };
        const all = [{ stack: "staging", ...environment, ...state }];
        return { text: forTerminal(all, createColors(false), at), page: asHtml(all, at) };
    }

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await given();
    });

    it("is nothing where there is nothing such", () => {
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
        const assessment = found(flagger, canaries);
        assert.deepEqual(assessment.further, []);
        assert.doesNotMatch(shown(assessment).text, /further/);
    });

    it("is what each wants, has and since when", () => {
        const assessment = found(flagger, canaries);
        assert.equal(assessment.healthy, true);
        const { text, page } = shown(assessment);
        assert.match(
            text,
            new RegExp(`^ {2}GitRepository +flagger +tag v1\\.2\\.0 +v1\\.2\\.0@bbbbbbb +ready since ${since}$`, "m"),
        );
        assert.match(text, /^ {2}Kustomization +canaries +\.\/kustomize of flagger +v1\.2\.0@bbbbbbb +ready since /m);
        assert.match(page, /<h3>Kustomization canaries <span class="state good">ready<\/span><\/h3>/);
    });

    it("is not healthy where one fails, in Flux's own words, with a way to see more", () => {
        const message = "kustomize build failed: no such resource";
        const conditions = [{ ...ready, status: "False", reason: "BuildFailed", message }];
        const failing = { ...canaries, status: { ...canaries.status, conditions } };
        const assessment = found(flagger, failing);
        assert.equal(assessment.healthy, false);
        assert.equal(assessment.further[1]?.state, "failing");
        const { text, page } = shown(assessment);
        assert.match(text, /! canaries: BuildFailed: kustomize build failed: no such resource\n/);
        assert.match(text, /\n {4}fix: \S/);
        assert.match(page, /<h1 class="bad">Not healthy: staging<\/h1>/);
    });

    it("is not healthy where one is missing or was suspended by hand, and says what fixes it", () => {
        const [source, applied] = found(undefined, { ...canaries, spec: { ...canaries.spec, suspend: true } }).further;
        assert.deepEqual([source?.state, source?.fix], ["missing", "pulumi up --stack staging --refresh"]);
        assert.deepEqual(
            [applied?.state, applied?.inOrder, applied?.message],
            ["suspended", false, "suspended by hand"],
        );
        assert.equal(
            applied?.fix,
            `kubectl --context staging -n flux-system patch kustomization canaries --type merge --patch '{"spec":{"suspend":null}}'`,
        );
    });

    it("is in order where the stack file suspends it", async () => {
        await given(true);
        const [source] = found({ ...flagger, spec: { ...flagger.spec, suspend: true } }, canaries).further;
        assert.deepEqual([source?.state, source?.inOrder, source?.fix], ["suspended", true, undefined]);
    });

    it("is reconciling while a controller has not seen the latest change", () => {
        const [source] = found({ ...flagger, metadata: { ...flagger.metadata, generation: 3 } }, canaries).further;
        assert.deepEqual([source?.state, source?.inOrder], ["reconciling", false]);
    });
});
