import assert from "node:assert/strict";

import fc from "fast-check";

import { type Going, type InCluster, orderOf } from "../../../cli/rollback/backOrder";
import { lostBetween } from "../../../cli/release/overlayDiff";

const release = (version: string) => ({ tag: `prod-v${version}`, commit: `commit-of-${version}` });
const runs = (version: string, reason = "ReconciliationSucceeded"): InCluster => {
    const revision = `prod-v${version}@sha1:commit-of-${version}`;
    return { applied: revision, attempted: revision, reason };
};
const both = { infrastructure: release("1.3.0"), apps: release("1.3.0") };
const going: Going = {
    stack: "production",
    prefix: "prod-v",
    targets: both,
    standing: release("1.4.0"),
    lost: ["Namespace orders"],
    apps: runs("1.4.0"),
    together: false,
};
const order = (more: Partial<Going> = {}) => orderOf({ ...going, ...more });
const onlyInfrastructure = { targets: { infrastructure: release("1.3.0") } };

function assertNow(more: Partial<Going>, now: object): void {
    const found = order(more);
    assert.ok("now" in found, JSON.stringify(found));
    assert.deepEqual([found.now, { ...found.now, ...found.later }], [now, more.targets ?? going.targets]);
}

function refusedOf(more: Partial<Going>) {
    const found = order(more);
    assert.ok("refused" in found, JSON.stringify(found));
    return found.refused;
}

describe("The order of a rollback", () => {
    it("is the apps first where the infrastructure loses something, and says what", () => {
        assertNow({}, { apps: both.apps });
        const found = order();
        assert.deepEqual("notes" in found && found.notes, [
            "infrastructure goes back after the apps: it takes Namespace orders with it, which the apps may need until then",
        ]);
    });

    it("is both at once where the infrastructure loses nothing", () => {
        assertNow({ lost: [] }, both);
        assertNow({ ...onlyInfrastructure, lost: [] }, onlyInfrastructure.targets);
    });

    it("is the apps first where it is not known what the infrastructure loses, or what the cluster runs", () => {
        assertNow({ lost: undefined }, { apps: both.apps });
        assertNow({ apps: { unknown: "ECONNREFUSED" } }, { apps: both.apps });
    });

    it("is both at once where the cluster never took the later apps, as where the infrastructure failed before them", () => {
        assertNow({ apps: runs("1.3.0", "DependencyNotReady") }, both);
    });

    describe("of the infrastructure alone", () => {
        it("is free once the cluster has taken the earlier apps", () => {
            const more = { ...onlyInfrastructure, standing: release("1.3.0") };
            assertNow({ ...more, apps: runs("1.3.0") }, more.targets);
        });

        it("is free once they are all applied, though they do not become healthy", () => {
            const more = { ...onlyInfrastructure, standing: release("1.3.0") };
            const { attempted } = { attempted: "prod-v1.3.0@sha1:commit-of-1.3.0" };
            const applied = "prod-v1.4.0@sha1:commit-of-1.4.0";
            assertNow({ ...more, apps: { applied, attempted, reason: "HealthCheckFailed" } }, more.targets);
            for (const reason of ["Progressing", "ReconciliationFailed", "PruneFailed", "BuildFailed"]) {
                assert.match(
                    refusedOf({ ...more, apps: { applied, attempted, reason } }).expected,
                    /not taken them yet/,
                );
            }
        });

        it("waits for the update of the apps, and names the command", () => {
            const { key, value, fix } = refusedOf({ ...onlyInfrastructure, standing: release("1.3.0") });
            assert.deepEqual([key, value], ["fluxcd:infrastructure.tag", "prod-v1.3.0"]);
            assert.match(fix, /^pulumi up --stack production {3}/);
        });

        it("is refused under apps that came with what it loses, and names the way", () => {
            const { expected, fix } = refusedOf(onlyInfrastructure);
            assert.match(expected, /it takes Namespace orders with it.*the apps stand on prod-v1\.4\.0/);
            assert.match(fix, /^npm run rollback -- production 1\.3\.0 --only apps .*--infrastructure-first/);
        });

        it("is free under later apps that ran beside it before", () => {
            assertNow({ ...onlyInfrastructure, together: true }, onlyInfrastructure.targets);
        });

        it("is refused where it is not known what the cluster runs", () => {
            const { expected } = refusedOf({
                ...onlyInfrastructure,
                apps: { unknown: "ECONNREFUSED" },
                together: true,
            });
            assert.match(expected, /ECONNREFUSED/);
        });

        it("is refused under apps that follow a branch", () => {
            assert.match(refusedOf({ ...onlyInfrastructure, standing: { branch: "main" } }).expected, /a branch/);
        });
    });

    it("never takes away what the apps in the cluster may need, and comes to an end", () => {
        const versions = fc.constantFrom("1.2.0", "1.3.0", "1.4.0");
        const [loses, asks] = [fc.boolean(), fc.boolean()];
        const drawn = fc.record({ target: versions, apps: versions, stands: versions, loses, asks });
        const check = ({ target, apps, stands, loses, asks }: DrawnBack) => {
            const lost = loses ? ["Namespace orders"] : [];
            const infrastructure = release(target);
            const targets = asks ? { infrastructure, apps: release(apps) } : { infrastructure };
            const wanted = asks ? apps : stands;
            const found = order({ targets, lost, standing: release(stands), apps: runs(stands) });
            if ("now" in found && found.now.infrastructure !== undefined) {
                assert.ok(!loses || (stands === wanted && wanted <= target));
            }
            if ("now" in found && found.later.infrastructure) {
                // The command that goes on, after the update of the apps.
                const after = { targets: found.later, standing: release(apps), apps: runs(apps), together: true };
                const next = order({ lost, ...after });
                assert.ok("now" in next && next.now.infrastructure);
            }
        };
        fc.assert(fc.property(drawn, check));
    });
});

interface DrawnBack {
    readonly target: string;
    readonly apps: string;
    readonly stands: string;
    readonly loses: boolean;
    readonly asks: boolean;
}

describe("What an overlay loses", () => {
    const object = (kind: string, name: string, namespace?: string, apiVersion = "v1") =>
        `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;

    it("is each object that is not in the other manifests, by kind, namespace and name", () => {
        const before = [object("Namespace", "orders"), object("Role", "a", "orders"), object("Role", "a", "podinfo")];
        assert.deepEqual(lostBetween(before.join("---\n"), object("Role", "a", "podinfo")), [
            "Namespace orders",
            "Role orders/a",
        ]);
    });

    it("is nothing where an object only changes, or its API's version", () => {
        const before = object("Role", "a", "orders", "rbac.authorization.k8s.io/v1beta1");
        assert.deepEqual(
            lostBetween(before, `${object("Role", "a", "orders", "rbac.authorization.k8s.io/v1")}rules: []\n`),
            [],
        );
        assert.deepEqual(lostBetween("", before), []);
    });

    it("tells kinds of one name in two APIs apart", () => {
        const before = object("Service", "a", "b", "serving.knative.dev/v1");
        assert.deepEqual(lostBetween(before, object("Service", "a", "b")), ["Service b/a"]);
    });
});
