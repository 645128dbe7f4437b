import assert from "node:assert/strict";

import type { Evidence } from "../../promotion/evidence";
import { type Change, type Facts, gate } from "../../promotion/gate";
import type { RefusalCode } from "../../domain/problem";

const old = "0".repeat(40);
const commit = "1".repeat(40);
const now = new Date("2026-11-23T12:00:00Z");
const from = { tag: "prod-v1.0.0", commit: old };
const to = { tag: "prod-v1.1.0", commit };

const change: Change = {
    source: "apps",
    repository: "fluxcd-apps",
    from,
    to,
    ancestry: "ahead",
    pinned: false,
    suspended: false,
    past: undefined,
};

const healthy = (since: string, until?: string): Evidence => ({
    context: "staging",
    infrastructure: { healthy: [] },
    apps: { healthy: [{ revision: `staging-v1.1.0@sha1:${commit}`, since, ...(until !== undefined && { until }) }] },
});

const facts: Facts = {
    context: "staging",
    stack: "production",
    tagPrefix: "prod-v",
    promotedFrom: "staging",
    soak: "0s",
    closed: undefined,
    evidence: healthy("2026-11-23T11:00:00Z"),
    now,
};

function refusals(changes: Partial<Change>, more: Partial<Facts> = {}) {
    return gate([{ ...change, ...changes }], { ...facts, ...more });
}

function assertRefused(found: ReturnType<typeof gate>, ...expected: [RefusalCode, string][]): void {
    assert.deepEqual(
        found.map(({ refusal, key }) => [refusal, key]),
        expected,
        JSON.stringify(found, undefined, 2),
    );
}

describe("The gate and what Pulumi's history tells", () => {
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

    it("lets what this stack ran itself past the stack before and the soak", () => {
        assertRefused(refusals({ ...back, past: came }, { soak: "1h" }));
        assertRefused(refusals({ ...back, past: came }, { evidence: "no such stack" }));
    });

    it("does not let it past the calendar, a suspension, and a commit that the stack before fails at", () => {
        const closed = { kind: "freeze", why: "frozen", opens: undefined } as const;
        assertRefused(refusals({ ...back, past: came }, { closed }), ["freeze", "fluxcd:freezes"]);
        assertRefused(refusals({ ...back, past: came, suspended: true }), ["suspended", "fluxcd:apps.tag"]);
        const failing = { revision: `main@sha1:${"2".repeat(40)}`, message: "HealthCheckFailed: podinfo" };
        const evidence = { ...healthy(""), apps: { healthy: [], failing } };
        assertRefused(refusals({ ...back, past: came }, { evidence }), ["unhealthy", "fluxcd:apps.tag"]);
    });

    it("takes the history of the stack before for health, and not for a soak", () => {
        assertRefused(refusals({ ...back, past: theirs }));
        assertRefused(refusals({ ...back, past: theirs }, { evidence: "it has no outputs" }));
        assertRefused(refusals({ ...back, past: theirs }, { soak: "1m" }), ["soak", "fluxcd:apps.tag"]);
        assertRefused(refusals({ ...back, past: theirs }, { soak: "1m", evidence: "it has no outputs" }), [
            "soak",
            "fluxcd:apps.tag",
        ]);
    });

    it("of one source says nothing of the other", () => {
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
        assertRefused(found, ["no-evidence", "fluxcd:promotedFrom"]);
    });

    it("is in the refusal where it does not help", () => {
        const but = ["the tag prod-v1.1.0 is not annotated"];
        const found = refusals({ ...back, past: { own: undefined, upstream: undefined, but } });
        assertRefused(found, ["never-applied", "fluxcd:apps.tag"]);
        assert.match(found[0]?.expected ?? "", /; the tag prod-v1\.1\.0 is not annotated$/);
    });
});
