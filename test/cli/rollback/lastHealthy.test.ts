import assert from "node:assert/strict";

import { healthyByEvidence, healthyByHistory, lastHealthy, latestSources } from "../../../cli/rollback/lastHealthy";
import type { Promotion } from "../../../cli/history/promotions";

const prefix = "prod-v";

function promotion(at: string, to: string, succeeded = true): Promotion {
    return {
        ...{ at, source: "apps", from: undefined, to, kind: "promotion", reason: undefined },
        ...{ by: undefined, commit: undefined, uncommitted: false, run: undefined, succeeded },
    };
}

describe("The release that a rollback proposes", () => {
    const healthy = healthyByEvidence([
        { revision: "prod-v1.2.0@sha1:c", since: "2026-01-03T00:00:00Z" },
        { revision: "prod-v1.1.0@sha1:b", since: "2026-01-02T00:00:00Z", until: "2026-01-03T00:00:00Z" },
        { revision: "prod-v1.10.0@sha1:d", since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" },
        { revision: "main@sha1:e", since: "2026-01-01T00:00:00Z", until: "2026-01-04T00:00:00Z" },
    ]);

    it("is the last healthy release with a lower version", () => {
        assert.deepEqual(lastHealthy("prod-v1.2.0", healthy, prefix)?.tag, "prod-v1.1.0");
        assert.deepEqual(lastHealthy("prod-v1.2.0", healthy, prefix)?.commit, "b");
    });

    it("is the running release if the pinned release has failed", () => {
        assert.equal(lastHealthy("prod-v1.3.0", healthy, prefix)?.tag, "prod-v1.2.0");
    });

    it("does not exist if no earlier healthy release is known", () => {
        assert.equal(lastHealthy("prod-v1.1.0", healthy, prefix), undefined);
        assert.equal(lastHealthy("prod-v1.2.0", [], prefix), undefined);
    });

    it("comes from Pulumi's history if Flux's evidence is gone", () => {
        const history = healthyByHistory(
            [
                promotion("2026-01-04T00:00:00Z", "prod-v1.3.0"),
                promotion("2026-01-03T00:00:00Z", "prod-v1.2.0", false),
                promotion("2026-01-02T00:00:00Z", "prod-v1.1.0"),
                promotion("2026-01-01T00:00:00Z", "prod-v1.0.0"),
            ],
            "apps",
        );
        assert.equal(lastHealthy("prod-v1.3.0", history, prefix)?.tag, "prod-v1.1.0");
        assert.deepEqual(healthyByHistory([promotion("2026-01-01T00:00:00Z", "prod-v1.0.0")], "infrastructure"), []);
    });
});

describe("The sources that a rollback takes back", () => {
    const release = (tag: string) => ({ tag, commit: "" });
    const sources = ["infrastructure", "apps"];

    it("are those of three sources that have the highest version, in the given order", () => {
        const standings = {
            apps: release("prod-v1.3.0"),
            platform: release("prod-v1.2.9"),
            infrastructure: release("prod-v1.3.0"),
        };
        const three = ["infrastructure", "platform", "apps"];
        assert.deepEqual(latestSources(standings, three, prefix), ["infrastructure", "apps"]);
        const raised = { ...standings, platform: release("prod-v1.10.0") };
        assert.deepEqual(latestSources(raised, three, prefix), ["platform"]);
        assert.deepEqual(latestSources(raised, sources, prefix), ["infrastructure", "apps"]);
    });

    it("are infrastructure and apps if they have the same version", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: release("prod-v1.2.0") };
        assert.deepEqual(latestSources(standings, sources, prefix), ["infrastructure", "apps"]);
    });

    it("are only the source with the higher version, if it was promoted alone", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: release("prod-v1.10.0") };
        assert.deepEqual(latestSources(standings, sources, prefix), ["apps"]);
    });

    it("do not include a source that follows a branch", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: { branch: "main" } };
        assert.deepEqual(latestSources(standings, sources, prefix), ["infrastructure"]);
    });
});
