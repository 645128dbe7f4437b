import assert from "node:assert/strict";

import { applied, assertApplied, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { kubeconfigWithout } from "./support/kubeconfig";
import { alone, assertRefused, assertSays, both, release, releaseAside, standing } from "./support/promotion";
import type { Wanted } from "./support/promotion";
import { tail, waitFor } from "./support/run";
import { mustPulumi, outputs, pulumi } from "./support/stack";

const overlay = "apps/overlays/dev/podinfo/kustomization.yaml";
const next = both("staging-v2.2.0");

/** `moment` as a schedule of that one minute of each day, in UTC. */
function daily(moment: Date): string {
    return `${moment.getUTCMinutes()} ${moment.getUTCHours()} * * *`;
}

function inHours(hours: number): Date {
    return new Date(Date.now() + hours * 3600_000);
}

/** The local date and time of UTC, as in a freeze. */
function local(moment: Date): string {
    return moment.toISOString().slice(0, 16);
}

describe("a release that must not go to staging", () => {
    let clone: Clone;
    let fetchDev: () => Promise<void>;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        const infrastructure = await Clone.of("fluxcd-infrastructure");
        await infrastructure.tag("staging-v2.2.0", "staging-v2.2.1");
        fetchDev = () => reconcile("dev", "gitrepository", "apps");
    });

    it("is one that dev fails at: unhealthy", async () => {
        await release(clone, "2.1.0");
        clone.edit(overlay, (text) => `${text}${misnamed}`);
        const commit = await clone.push("Break dev alone");
        await clone.tag("staging-v2.1.0");
        await fetchDev();
        await waitFor("dev fails", 90, async () => {
            const { ready } = await applied("dev", "apps");
            assert.deepEqual([ready?.status, ready?.reason], ["False", "ReconciliationFailed"]);
        });
        await assertRefused("staging", { apps: { tag: "staging-v2.1.0" } }, [
            'fluxcd:sources.apps.tag is "staging-v2.1.0"',
            `unhealthy: dev fails at its commit ${commit}: ReconciliationFailed`,
            "fix: kubectl --context dev -n flux-system get kustomization apps",
        ]);
    });

    it("is one that dev has failed at before: never-applied", async () => {
        clone.edit(overlay, (text) => text.replace(misnamed, ""));
        const commit = await release(clone, "2.2.0");
        await clone.tag("staging-v2.2.0", "prod-v2.2.0");
        await fetchDev();
        await waitFor("dev is healthy again", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        await assertRefused("staging", { apps: { tag: "staging-v2.1.0" } }, [
            "never-applied: dev is not known to have applied",
            `it runs main@sha1:${commit}`,
        ]);
    });

    it("is one that dev has never seen: never-applied", async () => {
        const commit = await releaseAside(clone, "staging-v2.3.0");
        await assertRefused("staging", { apps: { tag: "staging-v2.3.0" } }, [
            'fluxcd:sources.apps.tag is "staging-v2.3.0"',
            `never-applied: dev is not known to have applied its commit ${commit} healthily`,
            "fix: npx fluxcd promote staging",
        ]);
    });

    it("is one that does not contain what runs: diverged", async () => {
        const { stdout } = await clone.git("rev-list", "--max-parents=0", "HEAD");
        await releaseAside(clone, "staging-v2.4.0", stdout.trim());
        await assertRefused("staging", { apps: { tag: "staging-v2.4.0" }, set: alone }, [
            "diverged: does not contain staging-v1.0.0, which runs",
            "fix: merge ",
        ]);
    });

    it("is an earlier version, though of a later commit: backwards", async () => {
        await clone.tag("staging-v0.9.0");
        await assertRefused("staging", { apps: { tag: "staging-v0.9.0" } }, [
            'fluxcd:sources.apps.tag is "staging-v0.9.0"',
            "backwards: is a lower version than staging-v1.0.0, which runs",
            "fix: npx fluxcd rollback staging 0.9.0",
        ]);
    });

    const refusals: readonly [string, () => Wanted, readonly string[]][] = [
        [
            "comes from a stack that is not there: no-evidence",
            () => ({ ...next, set: { "fluxcd:promotion.from": "nowhere" } }),
            [
                'fluxcd:promotion.from is "nowhere"',
                "no-evidence: nothing says what nowhere runs",
                "pulumi up --stack nowhere",
            ],
        ],
        [
            "has not run in dev for long enough: soak",
            () => ({ ...next, set: { "fluxcd:promotion.soak": "1h" } }),
            ["soak: dev has run it healthily for", "of the 1h of fluxcd:promotion.soak", "fix: wait until 20"],
        ],
        [
            "comes outside the change window: window",
            () => {
                const changeWindows = [{ cron: daily(inHours(12)), window: "1h" }];
                return { ...next, set: { "fluxcd:promotion.changeWindows": changeWindows } };
            },
            ["fluxcd:promotion.changeWindows", "window: it is ", "outside every change window", "fix: wait until 20"],
        ],
        [
            "comes in a freeze: freeze",
            () => {
                const freezes = [{ from: local(inHours(-1)), to: local(inHours(24)), reason: "the year ends" }];
                return { ...next, set: { "fluxcd:promotion.freezes": freezes } };
            },
            ["fluxcd:promotion.freezes", "freeze: it is ", "(the year ends)", "fix: wait until 20"],
        ],
        [
            "is of a source that is suspended: suspended",
            () => ({ apps: { tag: "staging-v2.2.0", suspend: true } }),
            [
                "suspended: is suspended by fluxcd:sources.apps.suspend, so Flux would not apply it",
                "pulumi config rm --stack staging --path 'fluxcd:sources.apps.suspend'",
            ],
        ],
        [
            "is applied by a Kustomization that is suspended: suspended",
            () => ({ apps: { tag: "staging-v2.2.0" }, set: { "fluxcd:kustomizations.apps.suspend": true } }),
            [
                'fluxcd:sources.apps.tag is "staging-v2.2.0"',
                "suspended: is suspended by fluxcd:kustomizations.apps.suspend, so Flux would not apply it",
                "pulumi config rm --stack staging --path 'fluxcd:kustomizations.apps.suspend'",
            ],
        ],
        [
            "takes the apps past the infrastructure, in lockstep",
            () => ({ apps: { tag: "staging-v2.2.0" }, set: { "fluxcd:promotion.lockstep": true } }),
            [
                'fluxcd:sources.apps.tag is "staging-v2.2.0"',
                "is ahead of infrastructure, which is pinned to staging-v1.0.0",
                "fix: pulumi config set --stack staging --path 'fluxcd:sources.infrastructure.tag' staging-v2.2.0",
            ],
        ],
    ];
    for (const [what, wanted, says] of refusals) {
        it(what, () => assertRefused("staging", wanted(), says));
    }

    it("is refused by the preview too, and for both sources at once", async () => {
        const { code, output } = await pulumi(
            "preview",
            "staging",
            standing("staging", { ...next, set: { "fluxcd:promotion.soak": "1h" } }),
        );
        assert.notEqual(code, 0, tail(output));
        assert.match(output, /fluxcd:sources\.infrastructure\.tag is.*\s+soak: /);
        assert.match(output, /fluxcd:sources\.apps\.tag is.*\s+soak: /);
    });

    it("may go once the window is open and the freeze is over", async () => {
        const set = {
            "fluxcd:promotion.timeZone": "Asia/Kathmandu",
            "fluxcd:promotion.changeWindows": [{ cron: "* * * * *", window: "5m" }],
            "fluxcd:promotion.freezes": [{ from: "2020-12-20", to: "2021-01-06", reason: "the year ended" }],
        };
        await mustPulumi("preview", "staging", standing("staging", { ...next, set }));
    });

    describe("while the cluster of dev cannot be reached", () => {
        let env: NodeJS.ProcessEnv;

        before(async () => {
            await mustPulumi("up -y --skip-preview", "dev");
            env = { KUBECONFIG: kubeconfigWithout("dev") };
        });

        it("may go when the outputs of dev say it ran healthily, with a warning", async () => {
            const { evidence } = await outputs("dev");
            assert.equal(evidence.apps[0]?.revision, `main@sha1:${await clone.head()}`);
            const result = await pulumi("preview", "staging", standing("staging", next), { env });
            assert.equal(result.code, 0, tail(result.output));
            assertSays(result, ["the cluster of dev was not asked, so its stack's outputs speak for it"]);
        });

        it("is refused when it must have run for a time: no-evidence", async () => {
            const set = { "fluxcd:promotion.soak": "1s" };
            const says = [
                "no-evidence: how long dev has run it is not known, and 1s is the soak",
                "get namespace kube-system",
            ];
            await assertRefused("staging", { ...next, set }, says, { env });
        });
    });
});

/** A name that the API server refuses. */
const misnamed = `patches:
  - target:
      kind: Deployment
      name: podinfo
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/name
        value: not a name
`;
