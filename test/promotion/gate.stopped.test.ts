import assert from "node:assert/strict";

import { type Change, type Facts, gate } from "../../promotion/gate";

const change: Change = {
    source: "apps",
    repository: "fluxcd-apps",
    from: { tag: "prod-v1.0.0", commit: "1".repeat(40) },
    to: { tag: "prod-v1.1.0", commit: "2".repeat(40) },
    ancestry: "ahead",
    pinned: false,
    suspendedBy: undefined,
    past: undefined,
};
const facts: Facts = {
    stack: "production",
    context: "production",
    tagPrefix: "prod-v",
    promotedFrom: undefined,
    soak: "0s",
    closed: undefined,
    evidence: undefined,
    now: new Date("2026-11-24T12:00:00Z"),
};
const hotfix = { kind: "hotfix", reason: "CVE-2026-1234" } as const;
const kubectl = "kubectl --context production -n flux-system";

describe("The gate, if somebody suspended Flux by hand", () => {
    for (const [object, field, fix] of [
        ["Kustomization apps", "spec.suspend", "patch kustomization apps"],
        ["GitRepository apps", "spec.suspend", "patch gitrepository apps"],
        ["Deployment kustomize-controller", "spec.replicas", "scale deployment kustomize-controller --replicas 1"],
    ] as const) {
        for (const to of [change.to, { ...change.to, exemption: hotfix }]) {
            it(`refuses a ${"exemption" in to ? "hotfix" : "release"}, with author, time and the command to resume: ${object}`, () => {
                const stop = { object, field, manager: "kubectl-patch", since: "2026-11-24T08:00:00Z" };
                const found = gate([{ ...change, to, stop }], facts);
                assert.deepEqual(
                    found.map(({ refusal, key, value }) => [refusal, key, value]),
                    [["suspended", "fluxcd:sources.apps.tag", "prod-v1.1.0"]],
                );
                assert.ok(found[0]?.expected.endsWith(`${object}: ${field}, by kubectl-patch at 2026-11-24T08:00:00Z`));
                const patch = field === "spec.suspend" ? ` --type merge -p '{"spec":{"suspend":false}}'` : "";
                assert.equal(found[0]?.fix, `${kubectl} ${fix}${patch}`);
            });
        }
    }

    it("accepts a release if nothing is suspended", () => {
        assert.deepEqual(gate([change], facts), []);
    });
});
