import assert from "node:assert/strict";

import type { RefusalCode } from "../../domain/problem";
import type { Evidence, SourceEvidence } from "../../promotion/evidence";
import { type Change, type Facts, gate } from "../../promotion/gate";

export const old = "0".repeat(40);
export const commit = "1".repeat(40);
export const now = new Date("2026-11-23T12:00:00Z");
export const from = { tag: "prod-v1.0.0", commit: old };
export const to = { tag: "prod-v1.1.0", commit };

/** The apps of production, which are to take another release. */
export const change: Change = {
    source: "apps",
    repository: "fluxcd-apps",
    from,
    to,
    ancestry: "ahead",
    pinned: false,
    suspendedBy: undefined,
    past: undefined,
};

/** What staging is known to have run of the apps. */
export const healthyApps = (since: string, until?: string): SourceEvidence => ({
    healthy: [{ revision: `staging-v1.1.0@sha1:${commit}`, since, ...(until !== undefined && { until }) }],
});

/** The same with nothing of the infrastructure, unless more is said. */
export const healthy = (since: string, until?: string, more: Evidence["sources"] = {}): Evidence => ({
    context: "staging",
    sources: { infrastructure: { healthy: [] }, apps: healthyApps(since, until), ...more },
});

export const facts: Facts = {
    stack: "production",
    context: "production",
    tagPrefix: "prod-v",
    promotedFrom: "staging",
    soak: "0s",
    closed: undefined,
    evidence: healthy("2026-11-23T11:00:00Z"),
    now,
};

export function refusals(changes: Partial<Change>, more: Partial<Facts> = {}) {
    return gate([{ ...change, ...changes }], { ...facts, ...more });
}

export function assertRefused(found: ReturnType<typeof gate>, ...expected: [RefusalCode, string][]): void {
    assert.deepEqual(
        found.map(({ refusal, key }) => [refusal, key]),
        expected,
        JSON.stringify(found, undefined, 2),
    );
}
