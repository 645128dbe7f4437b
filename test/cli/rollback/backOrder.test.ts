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
    it("takes the apps first if the infrastructure loses objects, and names the objects", () => {
        assertNow({}, { apps: both.apps });
        const found = order();
        assert.deepEqual("notes" in found && found.notes, [
            "infrastructure goes back after apps: it deletes Namespace orders, which its dependents may need until then",
        ]);
    });

    it("names at most three of the objects that the infrastructure loses", () => {
        const found = order({ lost: ["A a", "B b", "C c", "D d", "E e"] });
        assert.match("notes" in found ? found.notes.join() : "", /: it deletes A a, B b, C c and 2 more, which/);
    });

    it("takes the infrastructure and apps together if the infrastructure loses nothing", () => {
        assertNow({ lost: [] }, both);
        assertNow({ targets: onlyInfrastructure, lost: [] }, onlyInfrastructure);
    });

    it("takes the apps first if the lost objects or the cluster's revision are unknown", () => {
        assertNow({ lost: undefined }, { apps: both.apps });
        assertNow({ apps: { cluster: { unknown: "ECONNREFUSED" } } }, { apps: both.apps });
        const found = order({ lost: undefined });
        assert.match(
            "notes" in found ? found.notes.join() : "",
            /: the objects that it deletes are not known, and its dependents/,
        );
    });

    it("takes the infrastructure and apps together if the cluster never applied the later apps", () => {
        assertNow({ apps: { cluster: runs("1.3.0", "DependencyNotReady") } }, both);
    });

    describe("of the infrastructure alone", () => {
        const alone = (apps: Partial<Dependent>): Given => ({ targets: onlyInfrastructure, apps });
        const earlier = { standing: release("1.3.0") };

        it("is allowed after the cluster has applied the earlier apps", () => {
            assertNow(alone({ ...earlier, cluster: runs("1.3.0") }), onlyInfrastructure);
        });

        it("is allowed if the earlier apps are applied but unhealthy, and refused if they are not applied", () => {
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

        it("is refused until the apps are updated, and names the command", () => {
            const { key, value, fix } = refusedOf(alone(earlier));
            assert.deepEqual([key, value], ["fluxcd:sources.infrastructure.tag", "prod-v1.3.0"]);
            assert.match(fix, /^pulumi up --stack production {3}/);
        });

        it("is refused if the later apps may need a lost object, and names the command for the apps", () => {
            const { expected, fix } = refusedOf({ targets: onlyInfrastructure });
            assert.match(expected, /it deletes Namespace orders.*apps is pinned to prod-v1\.4\.0/);
            assert.match(fix, /^npx fluxcd rollback production 1\.3\.0 --source apps .*--infrastructure-first/);
        });

        it("is allowed if the later apps were healthy with the earlier infrastructure before", () => {
            assertNow(alone({ together: true }), onlyInfrastructure);
        });

        it("is refused if the cluster's revision is unknown", () => {
            const { expected } = refusedOf(alone({ cluster: { unknown: "ECONNREFUSED" }, together: true }));
            assert.match(expected, /ECONNREFUSED/);
        });

        it("is refused if the apps follow a branch", () => {
            assert.match(refusedOf(alone({ standing: { branch: "main" } })).expected, /a branch/);
        });

        it("is refused if one of two dependent sources may still need a lost object", () => {
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

    describe("of a source with two dependent sources", () => {
        const others = [dependent("platform")];

        it("takes both dependent sources first", () => {
            assertNow({ targets: all, others }, { apps: all.apps, platform: all.platform });
            const found = order({ targets: all, others });
            assert.match(
                "notes" in found ? found.notes.join() : "",
                /^infrastructure goes back after platform and apps: /,
            );
        });

        it("takes the requested dependent source first if the other one does not need the lost objects", () => {
            const there = [dependent("platform", { standing: release("1.3.0"), cluster: runs("1.3.0") })];
            assertNow({ targets: both, others: there }, { apps: both.apps });
            assertNow({ targets: both, others: [dependent("platform", { together: true })] }, { apps: both.apps });
        });

        it("is refused if the other dependent source stays and may need a lost object", () => {
            assert.match(refusedOf({ targets: both, others }).expected, /platform is pinned to prod-v1\.4\.0/);
        });

        it("takes all sources together if nothing is lost", () => {
            assertNow({ targets: all, others, lost: [] }, all);
        });
    });

    it("takes a source that is independent of the infrastructure in the first step", () => {
        assertNow(
            { targets: { ...all, other: release("1.3.0") } },
            { apps: all.apps, platform: all.platform, other: release("1.3.0") },
        );
    });
});

describe("The combined order of several sources", () => {
    const only = (...names: (keyof typeof all)[]) => Object.fromEntries(names.map((name) => [name, all[name]]));
    const around = (base: keyof typeof all, now: PerSource<Target>): Order => ({
        ...{ now, later: only(base), notes: [`${base} waits`] },
    });

    it("takes all sources together if none has to wait", () => {
        const free = { now: all, later: {}, notes: [] };
        assert.deepEqual(allOf(all, [free, free]), free);
        assert.deepEqual(allOf(all, []), free);
    });

    it("delays each source that waits in one of the orders, and takes dependents first", () => {
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

    it("is the first order if sources would wait for each other", () => {
        const first = around("infrastructure", only("apps"));
        assert.deepEqual(allOf(both, [first, around("apps", only("infrastructure"))]), first);
    });
});
