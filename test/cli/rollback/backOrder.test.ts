import assert from "node:assert/strict";

import {
    allOf,
    type Dependent,
    type Going,
    type InCluster,
    type Order,
    orderOf,
} from "../../../cli/rollback/backOrder";
import type { PerSource, Target } from "../../../cli/release/targets";

const release = (version: string) => ({ tag: `prod-v${version}`, commit: `commit-of-${version}` });
const runs = (version: string, reason = "ReconciliationSucceeded"): InCluster => {
    const revision = `prod-v${version}@sha1:commit-of-${version}`;
    return { applied: revision, attempted: revision, reason };
};
const both = { infrastructure: release("1.3.0"), apps: release("1.3.0") };
const all = { ...both, platform: release("1.3.0") };
const onlyInfrastructure = { infrastructure: release("1.3.0") };

/** A source that stands on 1.4.0 and runs it, and never ran beside another infrastructure. */
const dependent = (name: string, changed: Partial<Dependent> = {}): Dependent => ({
    ...{ name, standing: release("1.4.0"), cluster: runs("1.4.0"), together: false },
    ...changed,
});

type Given = Partial<Pick<Going, "targets" | "lost">> & {
    readonly apps?: Partial<Dependent>;
    /** The other dependents, in place of none. */
    readonly others?: readonly Dependent[];
};

function order({ targets = both, apps, others = [], ...more }: Given = {}) {
    const lost = "lost" in more ? more.lost : ["Namespace orders"];
    const dependents = [...others, dependent("apps", apps)];
    return orderOf({ stack: "production", prefix: "prod-v", targets, base: "infrastructure", dependents, lost });
}

function assertNow(given: Given, now: PerSource<Target>): void {
    const found = order(given);
    assert.ok("now" in found, JSON.stringify(found));
    assert.deepEqual([found.now, { ...found.now, ...found.later }], [now, given.targets ?? both]);
}

function refusedOf(given: Given) {
    const found = order(given);
    assert.ok("refused" in found, JSON.stringify(found));
    return found.refused;
}

describe("The order of a rollback", () => {
    it("is the apps first if the infrastructure loses something, and says what", () => {
        assertNow({}, { apps: both.apps });
        const found = order();
        assert.deepEqual("notes" in found && found.notes, [
            "infrastructure goes back after apps: it deletes Namespace orders, which what depends on it may need until then",
        ]);
    });

    it("names three of many objects that the infrastructure loses", () => {
        const found = order({ lost: ["A a", "B b", "C c", "D d", "E e"] });
        assert.match("notes" in found ? found.notes.join() : "", /: it deletes A a, B b, C c and 2 more, which/);
    });

    it("is both at once if the infrastructure loses nothing", () => {
        assertNow({ lost: [] }, both);
        assertNow({ targets: onlyInfrastructure, lost: [] }, onlyInfrastructure);
    });

    it("is the apps first if it is not known what the infrastructure loses, or what the cluster runs", () => {
        assertNow({ lost: undefined }, { apps: both.apps });
        assertNow({ apps: { cluster: { unknown: "ECONNREFUSED" } } }, { apps: both.apps });
        const found = order({ lost: undefined });
        assert.match(
            "notes" in found ? found.notes.join() : "",
            /: what it deletes is not known, and what depends on it/,
        );
    });

    it("is both at once if the cluster never took the later apps, as when the infrastructure failed before them", () => {
        assertNow({ apps: { cluster: runs("1.3.0", "DependencyNotReady") } }, both);
    });

    describe("of the infrastructure alone", () => {
        const alone = (apps: Partial<Dependent>): Given => ({ targets: onlyInfrastructure, apps });
        const earlier = { standing: release("1.3.0") };

        it("is free once the cluster has taken the earlier apps", () => {
            assertNow(alone({ ...earlier, cluster: runs("1.3.0") }), onlyInfrastructure);
        });

        it("is free once they are all applied, though they do not become healthy", () => {
            const attempted = "prod-v1.3.0@sha1:commit-of-1.3.0";
            const applied = "prod-v1.4.0@sha1:commit-of-1.4.0";
            const given = (reason: string) => alone({ ...earlier, cluster: { applied, attempted, reason } });
            assertNow(given("HealthCheckFailed"), onlyInfrastructure);
            for (const reason of ["Progressing", "ReconciliationFailed", "PruneFailed", "BuildFailed"]) {
                const { expected } = refusedOf(given(reason));
                assert.match(expected, /apps is pinned to prod-v1\.3\.0, and the cluster has not applied it yet/);
                assert.ok(expected.endsWith(`: it tried ${attempted} last (${reason})`), expected);
            }
        });

        it("waits for the update of the apps, and names the command", () => {
            const { key, value, fix } = refusedOf(alone(earlier));
            assert.deepEqual([key, value], ["fluxcd:sources.infrastructure.tag", "prod-v1.3.0"]);
            assert.match(fix, /^pulumi up --stack production {3}/);
        });

        it("is refused under apps that came with what it loses, and names the way", () => {
            const { expected, fix } = refusedOf({ targets: onlyInfrastructure });
            assert.match(expected, /it deletes Namespace orders.*apps is pinned to prod-v1\.4\.0/);
            assert.match(fix, /^npx fluxcd rollback production 1\.3\.0 --source apps .*--infrastructure-first/);
        });

        it("is free under later apps that ran beside it before", () => {
            assertNow(alone({ together: true }), onlyInfrastructure);
        });

        it("is refused if it is not known what the cluster runs", () => {
            const { expected } = refusedOf(alone({ cluster: { unknown: "ECONNREFUSED" }, together: true }));
            assert.match(expected, /ECONNREFUSED/);
        });

        it("is refused under apps that follow a branch", () => {
            assert.match(refusedOf(alone({ standing: { branch: "main" } })).expected, /a branch/);
        });

        it("is refused by the one of two dependents that is not ready for it", () => {
            const { expected, fix } = refusedOf({
                ...alone({ ...earlier, cluster: runs("1.3.0") }),
                others: [dependent("platform")],
            });
            assert.match(expected, /platform is pinned to prod-v1\.4\.0/);
            assert.match(fix, /--source platform {3}\(platform first/);
            assertNow(
                {
                    ...alone({ ...earlier, cluster: runs("1.3.0") }),
                    others: [dependent("platform", { together: true })],
                },
                onlyInfrastructure,
            );
        });
    });

    describe("of a source that two others depend on", () => {
        const others = [dependent("platform")];

        it("is both of them first", () => {
            assertNow({ targets: all, others }, { apps: all.apps, platform: all.platform });
            const found = order({ targets: all, others });
            assert.match(
                "notes" in found ? found.notes.join() : "",
                /^infrastructure goes back after platform and apps: /,
            );
        });

        it("is the one of them first that goes back, if the other does without what goes", () => {
            const there = [dependent("platform", { standing: release("1.3.0"), cluster: runs("1.3.0") })];
            assertNow({ targets: both, others: there }, { apps: both.apps });
            assertNow({ targets: both, others: [dependent("platform", { together: true })] }, { apps: both.apps });
        });

        it("is refused if one of them goes back, and the other stays and may need what goes", () => {
            assert.match(refusedOf({ targets: both, others }).expected, /platform is pinned to prod-v1\.4\.0/);
        });

        it("is all at once if nothing is lost", () => {
            assertNow({ targets: all, others, lost: [] }, all);
        });
    });

    it("keeps a source that does not depend on the base with those that go first", () => {
        assertNow(
            { targets: { ...all, other: release("1.3.0") } },
            { apps: all.apps, platform: all.platform, other: release("1.3.0") },
        );
    });
});

describe("The orders around several sources as one", () => {
    const only = (...names: (keyof typeof all)[]) => Object.fromEntries(names.map((name) => [name, all[name]]));
    const around = (base: keyof typeof all, now: PerSource<Target>): Order => ({
        ...{ now, later: only(base), notes: [`${base} waits`] },
    });

    it("are all at once if none waits", () => {
        const free = { now: all, later: {}, notes: [] };
        assert.deepEqual(allOf(all, [free, free]), free);
        assert.deepEqual(allOf(all, []), free);
    });

    it("let each source wait that waits in one of them, before those that it depends on", () => {
        const first = around("infrastructure", only("platform", "apps"));
        const second = around("platform", only("infrastructure", "apps"));
        const found = allOf(all, [first, second]);
        assert.deepEqual(found.now, only("apps"));
        assert.deepEqual(Object.entries(found.later), [
            ["platform", all.platform],
            ["infrastructure", all.infrastructure],
        ]);
        assert.deepEqual(found.notes, ["infrastructure waits", "platform waits"]);
    });

    it("are the first one if sources would wait for each other", () => {
        const first = around("infrastructure", only("apps"));
        assert.deepEqual(allOf(both, [first, around("apps", only("infrastructure"))]), first);
    });
});
