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

describe("the release a rollback proposes", () => {
    const healthy = healthyByEvidence([
        { revision: "prod-v1.2.0@sha1:c", since: "2026-01-03T00:00:00Z" },
        { revision: "prod-v1.1.0@sha1:b", since: "2026-01-02T00:00:00Z", until: "2026-01-03T00:00:00Z" },
        { revision: "prod-v1.10.0@sha1:d", since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" },
        { revision: "main@sha1:e", since: "2026-01-01T00:00:00Z", until: "2026-01-04T00:00:00Z" },
    ]);

    it("was healthy last, and is a lower version", () => {
        assert.deepEqual(lastHealthy("prod-v1.2.0", healthy, prefix)?.tag, "prod-v1.1.0");
        assert.deepEqual(lastHealthy("prod-v1.2.0", healthy, prefix)?.commit, "b");
    });

    it("is the one that still runs when the stack stands on one that failed", () => {
        assert.equal(lastHealthy("prod-v1.3.0", healthy, prefix)?.tag, "prod-v1.2.0");
    });

    it("is none where nothing earlier is known", () => {
        assert.equal(lastHealthy("prod-v1.1.0", healthy, prefix), undefined);
        assert.equal(lastHealthy("prod-v1.2.0", [], prefix), undefined);
    });

    it("is known from Pulumi's history where Flux has forgotten it", () => {
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

describe("the sources a rollback takes back", () => {
    const release = (tag: string) => ({ tag, commit: "" });
    const sources = ["infrastructure", "apps"];

    it("are all of three that have the highest version, in their order", () => {
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

    it("are both where they stand on the same version", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: release("prod-v1.2.0") };
        assert.deepEqual(latestSources(standings, sources, prefix), ["infrastructure", "apps"]);
    });

    it("are the one with the higher version where it was promoted alone", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: release("prod-v1.10.0") };
        assert.deepEqual(latestSources(standings, sources, prefix), ["apps"]);
    });

    it("are none that follows a branch", () => {
        const standings = { infrastructure: release("prod-v1.2.0"), apps: { branch: "main" } };
        assert.deepEqual(latestSources(standings, sources, prefix), ["infrastructure"]);
    });
});
