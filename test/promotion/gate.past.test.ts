import assert from "node:assert/strict";

import { type Change, gate } from "../../promotion/gate";
import { assertRefused, change, facts, healthy, refusals, to } from "./gateFacts";

describe("The gate with Pulumi's history", () => {
    const run = {
        tag: "prod-v1.1.0",
        commit: undefined,
        exemption: undefined,
        began: 0,
        ended: "2026-11-20T12:00:00Z",
    };
    const came = { own: run, upstream: undefined, but: [] };
    const theirs = { own: undefined, upstream: { ...run, tag: "staging-v1.1.0" }, but: [] };
    const back: Partial<Change> = { from: undefined, to: { ...to, commit: "2".repeat(40) }, ancestry: "unknown" };

    it("accepts a release that this stack ran itself, without evidence from upstream and without a soak", () => {
        assertRefused(refusals({ ...back, past: came }, { soak: "1h" }));
        assertRefused(refusals({ ...back, past: came }, { evidence: "no such stack" }));
    });

    it("still applies the freeze, a suspension and an upstream failure to a release that the stack ran", () => {
        const closed = { kind: "freeze", why: "frozen", opens: undefined } as const;
        assertRefused(refusals({ ...back, past: came }, { closed }), ["freeze", "fluxcd:promotion.freezes"]);
        assertRefused(refusals({ ...back, past: came, suspendedBy: "fluxcd:sources.apps.suspend" }), [
            "suspended",
            "fluxcd:sources.apps.tag",
        ]);
        const revision = `main@sha1:${"2".repeat(40)}`;
        const failing = { kustomization: "apps", revision, message: "HealthCheckFailed: podinfo" };
        const evidence = healthy("", undefined, { apps: { healthy: [], failing } });
        assertRefused(refusals({ ...back, past: came }, { evidence }), ["unhealthy", "fluxcd:sources.apps.tag"]);
    });

    it("accepts upstream's history as proof of health, but not of the soak", () => {
        assertRefused(refusals({ ...back, past: theirs }));
        assertRefused(refusals({ ...back, past: theirs }, { evidence: "it has no outputs" }));
        assertRefused(refusals({ ...back, past: theirs }, { soak: "1m" }), ["soak", "fluxcd:sources.apps.tag"]);
        assertRefused(refusals({ ...back, past: theirs }, { soak: "1m", evidence: "it has no outputs" }), [
            "soak",
            "fluxcd:sources.apps.tag",
        ]);
    });

    it("does not apply the history of one source to another source", () => {
        const found = gate(
            [
                { ...change, ...back, past: came },
                { ...change, ...back, source: "infrastructure" },
            ],
            {
                ...facts,
                evidence: "it has no outputs",
            },
        );
        assertRefused(found, ["no-evidence", "fluxcd:promotion.from"]);
    });

    it("appends the reason to the refusal if the history does not prove the release", () => {
        const but = ["the tag prod-v1.1.0 is not annotated"];
        const found = refusals({ ...back, past: { own: undefined, upstream: undefined, but } });
        assertRefused(found, ["never-applied", "fluxcd:sources.apps.tag"]);
        assert.match(found[0]?.expected ?? "", /; the tag prod-v1\.1\.0 is not annotated$/);
    });
});
