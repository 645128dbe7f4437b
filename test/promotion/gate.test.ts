import assert from "node:assert/strict";

import type { RefusalCode } from "../../domain/problem";
import type { Exemption } from "../../domain/release";
import type { Evidence } from "../../promotion/evidence";
import { type Change, gate } from "../../promotion/gate";
import { assertRefused, change, commit, facts, from, healthy, healthyApps, now, old, refusals, to } from "./gateFacts";

const rollback: Exemption = { kind: "rollback", reason: "1.1.0 leaks memory" };
const hotfix: Exemption = { kind: "hotfix", reason: "CVE-2026-1234" };

describe("The gate", () => {
    it("lets a release through that is ahead and healthy upstream", () => {
        assertRefused(refusals({}));
    });

    it("lets the first release through that is healthy upstream", () => {
        assertRefused(refusals({ from: undefined, ancestry: "unknown" }));
    });

    it("lets another tag of the same commit through", () => {
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

    describe("and where the tag points", () => {
        const moved = { tag: "prod-v1.0.0", commit };

        it("refuses a tag that was moved, also for a hotfix, and says which commit it was of", () => {
            assertRefused(refusals({ to: { ...moved, exemption: hotfix } }), ["moved-tag", "fluxcd:sources.apps.tag"]);
            const found = refusals({ to: moved });
            assertRefused(found, ["moved-tag", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", new RegExp(`${old}.*${commit}`));
            assert.match(found[0]?.fix ?? "", new RegExp(`git -C fluxcd-apps tag --force -a prod-v1.0.0 .*${old}`));
        });

        it("treats it as another release where the stack file pins the new commit", () => {
            assertRefused(refusals({ to: moved, pinned: true }));
            assertRefused(refusals({ to: moved, pinned: true, ancestry: "behind" }), [
                "backwards",
                "fluxcd:sources.apps.tag",
            ]);
        });
    });

    describe("and the way back", () => {
        const back = { tag: "prod-v0.9.0", commit };

        for (const [title, changes] of [
            ["an earlier commit under a higher version", { ancestry: "behind" }],
            ["a later commit under a lower version", { to: back }],
            ["an earlier commit under a lower version", { to: back, ancestry: "behind" }],
            ["an earlier commit as a hotfix", { to: { ...to, exemption: hotfix }, ancestry: "behind" }],
        ] as [string, Partial<Change>][]) {
            it(`refuses ${title}`, () => {
                const found = refusals(changes);
                assertRefused(found, ["backwards", "fluxcd:sources.apps.tag"]);
                assert.match(found[0]?.fix ?? "", /^npx fluxcd rollback production \d/);
            });
        }

        it("is open to a rollback, though upstream does not run it, frozen or not", () => {
            const closed = { kind: "freeze", why: "frozen", opens: undefined } as const;
            const changes: Partial<Change> = { to: { ...back, exemption: rollback }, ancestry: "behind" };
            assertRefused(refusals(changes, { evidence: "no such stack", closed }));
        });

        it("refuses a rollback that goes forward, or from nothing", () => {
            const expected: [RefusalCode, string] = ["leftover", "fluxcd:sources.apps.rollback"];
            assertRefused(refusals({ to: { ...to, exemption: rollback } }), expected);
            assertRefused(refusals({ to: { ...to, exemption: rollback }, from: undefined }), expected);
        });

        it("compares 1.2.30 with 1.2.3 as versions", () => {
            const higher = { from: { ...from, tag: "prod-v1.2.3" }, to: { ...to, tag: "prod-v1.2.30" } };
            assertRefused(refusals(higher));
            assertRefused(refusals({ from: { ...from, tag: "prod-v1.2.30" }, to: { ...to, tag: "prod-v1.2.3" } }), [
                "backwards",
                "fluxcd:sources.apps.tag",
            ]);
        });
    });

    describe("and histories that have diverged", () => {
        for (const ancestry of ["diverged", "unknown"] as const) {
            it(`refuses what would lose something: ${ancestry}`, () => {
                assertRefused(refusals({ ancestry }), ["diverged", "fluxcd:sources.apps.tag"]);
            });
        }

        it("lets a hotfix and a rollback off the line", () => {
            assertRefused(refusals({ ancestry: "diverged", to: { ...to, exemption: hotfix } }));
            assertRefused(refusals({ ancestry: "diverged", to: { ...to, exemption: rollback } }));
        });

        it("lets the next release back onto the line after a hotfix", () => {
            assertRefused(refusals({ ancestry: "diverged", from: { ...from, exemption: hotfix } }));
        });
    });

    describe("and exemptions", () => {
        it("lets a hotfix past upstream, soak and calendar", () => {
            const closed = { kind: "window", why: "closed", opens: undefined } as const;
            const more = { evidence: "no such stack", closed, soak: "1h" };
            assertRefused(refusals({ to: { ...to, exemption: hotfix } }, more));
        });

        it("refuses one that is left over from the release before", () => {
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

    it("refuses a release outside the calendar once for both sources, and says when it opens", () => {
        const closed = { kind: "window", why: "no window is open", opens: new Date("2026-11-24T08:00:00Z") } as const;
        const since = "2026-11-23T11:00:00Z";
        const evidence = healthy(since, undefined, { infrastructure: healthyApps(since) });
        const found = gate([change, { ...change, source: "infrastructure" }], { ...facts, closed, evidence });
        assertRefused(found, ["window", "fluxcd:promotion.changeWindows"]);
        assert.match(found[0]?.fix ?? "", /2026-11-24T08:00:00/);
        const freeze = { ...closed, kind: "freeze" } as const;
        assertRefused(gate([change], { ...facts, closed: freeze }), ["freeze", "fluxcd:promotion.freezes"]);
    });

    describe("and the stack it is promoted from", () => {
        const failingAt = (what: { revision: string; message: string }) => {
            const failing = { kustomization: "monitoring", ...what };
            const apps = { ...healthyApps("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"), failing };
            return refusals({}, { evidence: healthy("", undefined, { apps }) });
        };

        it("does not matter where there is none", () => {
            assertRefused(refusals({}, { promotedFrom: undefined, evidence: undefined }));
        });

        it("refuses where nothing is known of it, and says why", () => {
            const found = refusals({}, { evidence: "no such stack" });
            assertRefused(found, ["no-evidence", "fluxcd:promotion.from"]);
            assert.match(found[0]?.expected ?? "", /no such stack/);
            assertRefused(refusals({}, { evidence: undefined }), ["no-evidence", "fluxcd:promotion.from"]);
        });

        it("refuses a commit it was never healthy at, and says what it runs", () => {
            const found = refusals({ to: { ...to, commit: "2".repeat(40) } });
            assertRefused(found, ["never-applied", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", new RegExp(`staging-v1.1.0@sha1:${commit}`));
        });

        it("does not take the health of one repository for the other's", () => {
            assertRefused(refusals({ source: "infrastructure" }), [
                "never-applied",
                "fluxcd:sources.infrastructure.tag",
            ]);
        });

        it("refuses a commit it fails at now, with Flux's words, though it was healthy before", () => {
            const revision = `staging-v1.1.0@sha1:${commit}`;
            const found = failingAt({ revision, message: "HealthCheckFailed: podinfo" });
            assertRefused(found, ["unhealthy", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", /HealthCheckFailed: podinfo/);
            const kubectl = "kubectl --context staging -n flux-system get kustomization monitoring --output yaml";
            assert.equal(found[0]?.fix, kubectl);
        });

        it("lets a commit through that it left healthy, though it fails at a later one", () => {
            const revision = `staging-v1.2.0@sha1:${"2".repeat(40)}`;
            assertRefused(failingAt({ revision, message: "HealthCheckFailed" }));
        });
    });

    describe("and the soak", () => {
        const soaked = (since: string, until?: string, more: Partial<Evidence> = {}) =>
            refusals({}, { soak: "1h", evidence: { ...healthy(since, until), ...more } });

        it("refuses a second too little and lets the full time through", () => {
            const found = soaked("2026-11-23T11:00:01Z");
            assertRefused(found, ["soak", "fluxcd:sources.apps.tag"]);
            assert.match(found[0]?.expected ?? "", /59m59s of the 1h/);
            assert.match(found[0]?.fix ?? "", /2026-11-23T12:00:01/);
            assertRefused(soaked("2026-11-23T11:00:00Z"));
        });

        it("that is none lets through what the other machine's clock says is to come", () => {
            assertRefused(refusals({}, { soak: "0s", evidence: healthy("2026-11-23T12:00:05Z") }));
        });

        it("counts no longer than it ran", () => {
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T11:30:00Z"), ["soak", "fluxcd:sources.apps.tag"]);
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z"));
        });

        it("refuses where only the outputs of its last update speak, as they do not know whether it lasted", () => {
            const unreachable = "connect ECONNREFUSED";
            assertRefused(soaked("2026-11-20T11:00:00Z", undefined, { unreachable }), [
                "no-evidence",
                "fluxcd:sources.apps.tag",
            ]);
            assertRefused(soaked("2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", { unreachable }));
        });
    });
});
