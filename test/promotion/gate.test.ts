import assert from "node:assert/strict";

import type { RefusalCode } from "../../domain/problem";
import type { Exemption } from "../../domain/release";
import type { Evidence } from "../../promotion/evidence";
import { type Change, gate } from "../../promotion/gate";
import { assertRefused, change, commit, facts, from, healthy, healthyApps, now, old, refusals, to } from "./gateFacts";

const rollback: Exemption = { kind: "rollback", reason: "1.1.0 leaks memory" };
const hotfix: Exemption = { kind: "hotfix", reason: "CVE-2026-1234" };

describe("The gate", () => {
    it("accepts a release that is ahead of the current one and healthy upstream", () => {
        assertRefused(refusals({}));
    });

    it("accepts a first release that is healthy upstream", () => {
        assertRefused(refusals({ from: undefined, ancestry: "unknown" }));
    });

    it("accepts another tag of the running commit", () => {
        assertRefused(
            refusals(
                { to: { tag: "prod-v1.1.0", commit: old }, ancestry: "identical" },
                {
                    evidence: healthy("", undefined, {
                        apps: { healthy: [{ revision: `main@sha1:${old}`, since: now.toISOString() }] },
                    }),
                },
            ),
        );
    });

    describe("for a moved tag", () => {
        const moved = { tag: "prod-v1.0.0", commit };

        it("refuses the tag, also for a hotfix, and names the commits before and after", () => {
            assertRefused(refusals({ to: { ...moved, exemption: hotfix } }), ["moved-tag", "fluxcd:sources.apps.tag"]);
            const found = refusals({ to: moved });
            assertRefused(found, ["moved-tag", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", new RegExp(`${old}.*${commit}`));
            assert.match(found[0]?.fix ?? "", new RegExp(`git -C fluxcd-apps tag --force -a prod-v1.0.0 .*${old}`));
        });

        it("treats the tag as another release if the stack file pins its new commit", () => {
            assertRefused(refusals({ to: moved, pinned: true }));
            assertRefused(refusals({ to: moved, pinned: true, ancestry: "behind" }), [
                "backwards",
                "fluxcd:sources.apps.tag",
            ]);
        });
    });

    describe("for an earlier release", () => {
        const back = { tag: "prod-v0.9.0", commit };

        for (const [title, changes] of [
            ["an earlier commit under a higher version", { ancestry: "behind" }],
            ["a later commit under a lower version", { to: back }],
            ["an earlier commit under a lower version", { to: back, ancestry: "behind" }],
            ["an earlier commit as a hotfix", { to: { ...to, exemption: hotfix }, ancestry: "behind" }],
        ] as [string, Partial<Change>][]) {
            it(`refuses ${title}, and suggests a rollback`, () => {
                const found = refusals(changes);
                assertRefused(found, ["backwards", "fluxcd:sources.apps.tag"]);
                assert.match(found[0]?.fix ?? "", /^npx fluxcd rollback production \d/);
            });
        }

        it("accepts a rollback without upstream evidence, even in a freeze", () => {
            const closed = { kind: "freeze", why: "frozen", opens: undefined } as const;
            const changes: Partial<Change> = { to: { ...back, exemption: rollback }, ancestry: "behind" };
            assertRefused(refusals(changes, { evidence: "no such stack", closed }));
        });

        it("refuses a rollback to a later release, and a rollback of a first release", () => {
            const expected: [RefusalCode, string] = ["leftover", "fluxcd:sources.apps.rollback"];
            assertRefused(refusals({ to: { ...to, exemption: rollback } }), expected);
            assertRefused(refusals({ to: { ...to, exemption: rollback }, from: undefined }), expected);
        });

        it("compares 1.2.30 and 1.2.3 as versions, not as text", () => {
            const higher = { from: { ...from, tag: "prod-v1.2.3" }, to: { ...to, tag: "prod-v1.2.30" } };
            assertRefused(refusals(higher));
            assertRefused(refusals({ from: { ...from, tag: "prod-v1.2.30" }, to: { ...to, tag: "prod-v1.2.3" } }), [
                "backwards",
                "fluxcd:sources.apps.tag",
            ]);
        });
    });

    describe("for diverged histories", () => {
        for (const ancestry of ["diverged", "unknown"] as const) {
            it(`refuses a release that could lose commits: ancestry ${ancestry}`, () => {
                assertRefused(refusals({ ancestry }), ["diverged", "fluxcd:sources.apps.tag"]);
            });
        }

        it("accepts a hotfix and a rollback", () => {
            assertRefused(refusals({ ancestry: "diverged", to: { ...to, exemption: hotfix } }));
            assertRefused(refusals({ ancestry: "diverged", to: { ...to, exemption: rollback } }));
        });

        it("accepts the next regular release after a hotfix", () => {
            assertRefused(refusals({ ancestry: "diverged", from: { ...from, exemption: hotfix } }));
        });
    });

    describe("for exemptions", () => {
        it("accepts a hotfix without upstream evidence, without a soak and outside the change windows", () => {
            const closed = { kind: "window", why: "closed", opens: undefined } as const;
            const more = { evidence: "no such stack", closed, soak: "1h" };
            assertRefused(refusals({ to: { ...to, exemption: hotfix } }, more));
        });

        it("refuses an exemption that is left over from the previous release, and accepts a new reason", () => {
            const changes = { from: { ...from, exemption: hotfix }, to: { ...to, exemption: hotfix } };
            assertRefused(refusals(changes), ["leftover", "fluxcd:sources.apps.reason"]);
            const another = { ...hotfix, reason: "CVE-2026-5678" };
            assertRefused(refusals({ ...changes, to: { ...to, exemption: another } }));
        });
    });

    it("refuses a release of a suspended source, also as a hotfix", () => {
        const suspendedBy = "fluxcd:sources.apps.suspend";
        const urgent = { ...to, exemption: hotfix };
        for (const found of [refusals({ suspendedBy }), refusals({ suspendedBy, to: urgent })]) {
            assertRefused(found, ["suspended", "fluxcd:sources.apps.tag"]);
            const fix = `pulumi config rm --stack production --path '${suspendedBy}'   (or fluxcd:suspend)`;
            assert.equal(found[0]?.fix, fix);
        }
    });

    it("refuses a release outside the change windows once for all sources, and names the next opening", () => {
        const closed = { kind: "window", why: "no window is open", opens: new Date("2026-11-24T08:00:00Z") } as const;
        const since = "2026-11-23T11:00:00Z";
        const evidence = healthy(since, undefined, { infrastructure: healthyApps(since) });
        const found = gate([change, { ...change, source: "infrastructure" }], { ...facts, closed, evidence });
        assertRefused(found, ["window", "fluxcd:promotion.changeWindows"]);
        assert.match(found[0]?.fix ?? "", /2026-11-24T08:00:00/);
        const freeze = { ...closed, kind: "freeze" } as const;
        assertRefused(gate([change], { ...facts, closed: freeze }), ["freeze", "fluxcd:promotion.freezes"]);
    });

    describe("for the upstream stack", () => {
        const failingAt = (what: { revision: string; message: string }) => {
            const failing = { kustomization: "monitoring", ...what };
            const apps = { ...healthyApps("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"), failing };
            return refusals({}, { evidence: healthy("", undefined, { apps }) });
        };

        it("accepts a release without evidence if no upstream stack is configured", () => {
            assertRefused(refusals({}, { promotedFrom: undefined, evidence: undefined }));
        });

        it("refuses a release without evidence, and gives the reason", () => {
            const found = refusals({}, { evidence: "no such stack" });
            assertRefused(found, ["no-evidence", "fluxcd:promotion.from"]);
            assert.match(found[0]?.expected ?? "", /no such stack/);
            assertRefused(refusals({}, { evidence: undefined }), ["no-evidence", "fluxcd:promotion.from"]);
        });

        it("refuses a commit that was never healthy upstream, and names the running revision", () => {
            const found = refusals({ to: { ...to, commit: "2".repeat(40) } });
            assertRefused(found, ["never-applied", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", new RegExp(`staging-v1.1.0@sha1:${commit}`));
        });

        it("does not use the health of one repository as evidence for another", () => {
            assertRefused(refusals({ source: "infrastructure" }), [
                "never-applied",
                "fluxcd:sources.infrastructure.tag",
            ]);
        });

        it("refuses a commit that fails upstream now, with Flux's message, even if it was healthy before", () => {
            const revision = `staging-v1.1.0@sha1:${commit}`;
            const found = failingAt({ revision, message: "HealthCheckFailed: podinfo" });
            assertRefused(found, ["unhealthy", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", /HealthCheckFailed: podinfo/);
            const kubectl = "kubectl --context staging -n flux-system get kustomization monitoring --output yaml";
            assert.equal(found[0]?.fix, kubectl);
        });

        it("accepts a commit that was healthy upstream, even if a later commit fails there", () => {
            const revision = `staging-v1.2.0@sha1:${"2".repeat(40)}`;
            assertRefused(failingAt({ revision, message: "HealthCheckFailed" }));
        });
    });

    describe("for the soak", () => {
        const soaked = (since: string, until?: string, more: Partial<Evidence> = {}) =>
            refusals({}, { soak: "1h", evidence: { ...healthy(since, until), ...more } });

        it("refuses a release one second before the soak ends, and accepts it when the soak ends", () => {
            const found = soaked("2026-11-23T11:00:01Z");
            assertRefused(found, ["soak", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", /59m59s of the 1h/);
            assert.match(found[0]?.fix ?? "", /2026-11-23T12:00:01/);
            assertRefused(soaked("2026-11-23T11:00:00Z"));
        });

        it("accepts a health time in the future if the soak is zero, because clocks can differ", () => {
            assertRefused(refusals({}, { soak: "0s", evidence: healthy("2026-11-23T12:00:05Z") }));
        });

        it("counts only the time in which the release ran", () => {
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T11:30:00Z"), ["soak", "fluxcd:sources.apps.tag"]);
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z"));
        });

        it("refuses an open period from the outputs alone, because they cannot tell whether it lasted", () => {
            const unreachable = "connect ECONNREFUSED";
            assertRefused(soaked("2026-11-20T11:00:00Z", undefined, { unreachable }), [
                "no-evidence",
                "fluxcd:sources.apps.tag",
            ]);
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", { unreachable }));
        });
    });
});
