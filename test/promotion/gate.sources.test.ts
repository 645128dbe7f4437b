import assert from "node:assert/strict";

import type { SourceEvidence } from "../../promotion/evidence";
import { type Change, gate } from "../../promotion/gate";
import { assertRefused, change, commit, facts, from, healthy, healthyApps } from "./gateFacts";

const since = "2026-11-23T11:00:00Z";
const another = "3".repeat(40);
const platform: Change = {
    ...change,
    source: "platform",
    repository: "platform",
    to: { tag: "prod-v2.0.0", commit: another },
};
const ran: SourceEvidence = { healthy: [{ revision: `staging-v2.0.0@sha1:${another}`, since }] };
const failing = { kustomization: "cert-manager", revision: `staging-v2.0.0@sha1:${another}`, message: "BuildFailed" };

describe("The gate for a third promoted source", () => {
    const judged = (evidence: SourceEvidence, changes: Partial<Change> = {}, soak = "0s") =>
        gate([{ ...platform, ...changes }], {
            ...facts,
            soak,
            evidence: healthy(since, undefined, { platform: evidence }),
        });

    it("accepts a release that is healthy in the upstream stack", () => {
        assertRefused(judged(ran));
        assertRefused(judged(ran, {}, "1h"));
    });

    for (const [title, found, expected, says] of [
        ["a release that was never applied upstream", judged({ healthy: [] }), ["never-applied", "tag"], another],
        ["a release that has not soaked long enough", judged(ran, {}, "1h1m"), ["soak", "tag"], "for 1h of the 1h1m"],
        ["a release that fails upstream now", judged({ ...ran, failing }), ["unhealthy", "tag"], "BuildFailed"],
        [
            "a tag that was moved",
            judged(ran, { from: { ...platform.to, commit } }),
            ["moved-tag", "tag"],
            `pointed to ${commit}`,
        ],
        [
            "an earlier release",
            judged(ran, { from: { tag: "prod-v2.0.1", commit }, ancestry: "behind" }),
            ["backwards", "tag"],
            "prod-v2.0.1, which runs",
        ],
        ["a history that has diverged", judged(ran, { ancestry: "diverged" }), ["diverged", "tag"], from.tag],
        [
            "a release while its Kustomization is suspended",
            judged(ran, { suspendedBy: "fluxcd:kustomizations.cert-manager.suspend" }),
            ["suspended", "tag"],
            "fluxcd:kustomizations.cert-manager.suspend",
        ],
        [
            "a rollback that goes forward",
            judged(ran, { to: { ...platform.to, exemption: { kind: "rollback", reason: "it leaks" } } }),
            ["leftover", "rollback"],
            "fluxcd:sources.platform.rollback",
        ],
    ] as const) {
        it(`refuses ${title}, and names the source's own key`, () => {
            const [code, field] = expected;
            assertRefused(found, [code, `fluxcd:sources.platform.${field}`]);
            assert.ok(JSON.stringify(found).includes(says), JSON.stringify(found));
        });
    }

    it("names the source's repository in the command that restores a moved tag", () => {
        const [problem] = judged(ran, { from: { ...platform.to, commit } });
        assert.match(problem?.fix ?? "", /^git -C platform tag --force -a prod-v2\.0\.0 -m prod-v2\.0\.0 1{40} && /);
    });

    it("does not use the health of one source as evidence for another", () => {
        const both = [change, platform];
        const evidence = healthy(since, undefined, { platform: healthyApps(since) });
        assertRefused(gate(both, { ...facts, evidence }), ["never-applied", "fluxcd:sources.platform.tag"]);
        const other = healthy(since, undefined, { apps: ran, platform: ran });
        assertRefused(gate(both, { ...facts, evidence: other }), ["never-applied", "fluxcd:sources.apps.tag"]);
    });

    it("refuses a release if the upstream stack does not have the source yet", () => {
        assertRefused(gate([platform], facts), ["never-applied", "fluxcd:sources.platform.tag"]);
    });
});
