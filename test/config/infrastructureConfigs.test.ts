import assert from "node:assert/strict";

import { healthChecksOf, type HealthEntries } from "../../config/healthChecks";
import { checksOf, presetNames } from "../../config/healthPresets";
import { inDependencyOrder, neededBy } from "../../config/kustomizations";
import { kustomizationsOf, monitoring } from "../support/kustomizations";
import { refusal } from "../support/refusal";

describe("The Kustomization infrastructure-configs", () => {
    const own = [{ apiVersion: "example.com/v1", kind: "Task", current: "status.phase == 'Done'" }];
    const checksIn = ({ healthCheckExprs: entries = [] }: { readonly healthCheckExprs?: HealthEntries | undefined }) =>
        healthChecksOf(entries);
    const leftOut = { enabled: false };

    it("has every check of every preset by default, and the other two have none", async () => {
        const found = await kustomizationsOf({});
        const checks = Object.values(found).map((it) => [it.name, checksIn(it)]);
        assert.deepEqual(Object.fromEntries(checks), {
            infrastructure: [],
            "infrastructure-configs": presetNames.flatMap(checksOf),
            apps: [],
        });
    });

    it("has no checks if it does not wait, which is accepted", async () => {
        const { "infrastructure-configs": configs = assert.fail() } = await kustomizationsOf({
            "infrastructure-configs": { wait: false },
        });
        assert.equal(configs.wait, false);
        assert.equal(configs.healthCheckExprs, undefined);
    });

    it("has the checks of the stack file instead of its own", async () => {
        const { "infrastructure-configs": configs = assert.fail() } = await kustomizationsOf({
            "infrastructure-configs": { healthCheckExprs: own },
        });
        assert.deepEqual(checksIn(configs), own);
    });

    it("is refused with checks of the stack file if it does not wait", async () => {
        await assert.rejects(
            kustomizationsOf({ "infrastructure-configs": { healthCheckExprs: own, wait: false } }),
            refusal("fluxcd:kustomizations.infrastructure-configs.wait", "Flux checks no health without it"),
        );
    });

    describe("if the rights of infrastructure are limited", () => {
        const rules = [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }];
        const account = { serviceAccountName: "kustomize-controller" };
        const rightsOf = async (infrastructure: object, configs: object = {}) => {
            const found = await kustomizationsOf({ infrastructure, "infrastructure-configs": configs });
            const { rules: given, serviceAccountName } = found["infrastructure-configs"] ?? assert.fail();
            return { rules: given, serviceAccountName };
        };

        it("has the same rules, because its folder is in the same repository", async () => {
            assert.deepEqual(await rightsOf({ rules }), { rules, serviceAccountName: undefined });
        });

        it("has the same account", async () => {
            const limited = { serviceAccountName: "infrastructure" };
            assert.deepEqual(await rightsOf(limited), { rules: undefined, ...limited });
        });

        it("keeps its own rules or its own account", async () => {
            const own = [{ apiGroups: ["cert-manager.io"], resources: ["clusterissuers"], verbs: ["get"] }];
            for (const limited of [{ rules }, { serviceAccountName: "infrastructure" }]) {
                assert.deepEqual(await rightsOf(limited, { rules: own }), {
                    rules: own,
                    serviceAccountName: undefined,
                });
                assert.deepEqual(await rightsOf(limited, account), { rules: undefined, ...account });
            }
        });

        it("has the account of the lockdown only if neither has one", async () => {
            const lockdown = { "fluxcd:flux": { multitenancy: true } };
            const limited = await kustomizationsOf({ infrastructure: { rules } }, lockdown);
            assert.deepEqual(limited["infrastructure-configs"]?.rules, rules);
            const free = await kustomizationsOf({}, lockdown);
            assert.equal(free["infrastructure-configs"]?.serviceAccountName, "kustomize-controller");
        });

        it("does not limit apps or a Kustomization of one's own", async () => {
            const { apps, monitoring: other } = await kustomizationsOf({ monitoring, infrastructure: { rules } });
            assert.deepEqual([apps?.rules, other?.rules], [undefined, undefined]);
        });
    });

    for (const [what, more] of [
        ["nothing of apps", {}],
        ["apps without keys", { apps: {} }],
        ["other keys of apps", { apps: { interval: "7m", serviceAccountName: "apps-reconciler", wait: false } }],
    ] as const) {
        it(`can be left out, and apps then depends on infrastructure, if the stack file has ${what}`, async () => {
            const { apps: before } = await kustomizationsOf(more);
            const found = await kustomizationsOf({ "infrastructure-configs": leftOut, ...more });
            assert.deepEqual(Object.keys(found), ["infrastructure", "apps"]);
            assert.deepEqual(found.apps, { ...before, dependsOn: ["infrastructure"] });
            assert.deepEqual(neededBy("apps", found), ["infrastructure"]);
        });
    }

    it("can be left out, and apps keeps the dependencies that the stack file sets", async () => {
        for (const dependsOn of [[], ["monitoring"]]) {
            const found = await kustomizationsOf({
                monitoring,
                "infrastructure-configs": leftOut,
                apps: { dependsOn },
            });
            assert.deepEqual(found.apps?.dependsOn, dependsOn);
        }
    });

    it("can be left out with its other settings in the stack file, which then have no effect", async () => {
        const found = await kustomizationsOf({ "infrastructure-configs": { ...leftOut, source: "none", wait: false } });
        assert.deepEqual(found, await kustomizationsOf({ "infrastructure-configs": leftOut }));
    });

    it("may be the dependency of any other Kustomization", async () => {
        const found = await kustomizationsOf({ monitoring: { ...monitoring, dependsOn: ["infrastructure-configs"] } });
        assert.deepEqual(neededBy("monitoring", found), ["infrastructure-configs", "infrastructure"]);
        assert.deepEqual(
            inDependencyOrder(found).map(({ name }) => name),
            ["infrastructure", "infrastructure-configs", "apps", "monitoring"],
        );
    });

    for (const name of ["monitoring", "apps"]) {
        it(`is not there for the dependencies of ${name} if it is left out`, async () => {
            const dependsOn = ["infrastructure-configs"];
            await assert.rejects(
                kustomizationsOf({
                    "infrastructure-configs": leftOut,
                    monitoring,
                    [name]: { ...(name === "monitoring" && monitoring), dependsOn },
                }),
                refusal(
                    `fluxcd:kustomizations.${name}.dependsOn[0]`,
                    "this name does not exist; expected one of infrastructure, apps, monitoring",
                ),
            );
        });
    }

    it("cannot depend on apps, which depends on it", async () => {
        await assert.rejects(
            kustomizationsOf({ "infrastructure-configs": { dependsOn: ["apps"] } }),
            refusal("fluxcd:kustomizations.infrastructure-configs.dependsOn", "the dependencies form a cycle"),
        );
    });

    for (const [name, more] of [
        ["infrastructure", {}],
        ["apps", {}],
        ["monitoring", monitoring],
    ] as const) {
        it(`is the only one that can be left out: ${name} is refused, with the key to remove`, async () => {
            const key = `fluxcd:kustomizations.${name}.enabled`;
            const says =
                "only infrastructure-configs can be left out: expected true, or no such key\n" +
                `    fix: pulumi config rm --stack dev --path '${key}'`;
            await assert.rejects(kustomizationsOf({ [name]: { ...more, enabled: false } }), refusal(key, says));
        });
    }
});
