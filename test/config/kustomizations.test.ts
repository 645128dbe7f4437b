import assert from "node:assert/strict";

import { presetNames } from "../../config/healthPresets";
import { appliedFrom, inDependencyOrder, mapInOrder } from "../../config/kustomizations";
import { kustomizationsOf, monitoring } from "../support/kustomizations";
import { refusal } from "../support/refusal";

describe("A Kustomization", () => {
    it("has the documented defaults", async () => {
        const { monitoring: found } = await kustomizationsOf({ monitoring });
        assert.deepEqual(JSON.parse(JSON.stringify(found)), {
            name: "monitoring",
            ...monitoring,
            dependsOn: [],
            interval: "10m",
            retryInterval: "1m",
            timeout: "5m",
            prune: true,
            wait: true,
            deletionPolicy: "Orphan",
        });
    });

    for (const path of [".", "./", "./a/b", "a/b", "./.hidden", "a..b"]) {
        it(`accepts the folder ${path}`, async () => {
            const { monitoring: found } = await kustomizationsOf({ monitoring: { ...monitoring, path } });
            assert.equal(found?.path, path);
        });
    }

    it("is suspended with the stack, and uses Flux's own account by default under multitenancy", async () => {
        const named = { ...monitoring, serviceAccountName: "monitoring" };
        const found = await kustomizationsOf(
            { monitoring, named },
            { "fluxcd:suspend": true, "fluxcd:flux": { multitenancy: true } },
        );
        assert.deepEqual(
            Object.values(found).map(({ name, suspend, serviceAccountName }) => [name, suspend, serviceAccountName]),
            [
                ["infrastructure", true, "kustomize-controller"],
                ["infrastructure-configs", true, "kustomize-controller"],
                ["apps", true, "kustomize-controller"],
                ["monitoring", true, "kustomize-controller"],
                ["named", true, "monitoring"],
            ],
        );
    });

    it("is refused if its name is a property of every JavaScript object", async () => {
        const wanted = refusal("fluxcd:kustomizations.constructor", "apps-image-updates and constructor");
        await assert.rejects(kustomizationsOf({ constructor: monitoring }), wanted);
    });
});

describe("The built-in Kustomizations", () => {
    const builtIn = {
        infrastructure: {
            ...{ source: "infrastructure", path: "./infrastructure/overlays/dev", dependsOn: [], interval: "10m" },
            healthCheckExprs: undefined,
        },
        "infrastructure-configs": {
            ...{ source: "infrastructure", path: "./infrastructure/configs/overlays/dev", interval: "10m" },
            dependsOn: ["infrastructure"],
            healthCheckExprs: presetNames.map((preset) => ({ preset })),
        },
        apps: {
            ...{ source: "apps", path: "./apps/overlays/dev", dependsOn: ["infrastructure-configs"], interval: "5m" },
            healthCheckExprs: undefined,
        },
    };
    const names = ["infrastructure", "infrastructure-configs", "apps"] as const;

    it("apply the environment's overlays, each after the one before it", async () => {
        const found = await kustomizationsOf({});
        assert.deepEqual(Object.keys(found), names);
        for (const name of names) {
            assert.deepEqual(found[name], { ...found[name], name, ...builtIn[name] });
        }
    });

    it("have paths with the environment, which can differ from the stack's name", async () => {
        const found = await kustomizationsOf({}, { "fluxcd:environment": "eu" });
        assert.deepEqual(
            Object.values(found).map(({ path }) => path),
            ["./infrastructure/overlays/eu", "./infrastructure/configs/overlays/eu", "./apps/overlays/eu"],
        );
    });

    for (const changed of [
        { path: "./clusters/dev" },
        { dependsOn: [] },
        { dependsOn: ["infrastructure", "monitoring"] },
        { interval: "1h" },
        { source: "infrastructure" },
        { prune: false, deletionPolicy: "Delete" },
        { suspend: false },
        { enabled: true },
    ]) {
        const { enabled: _, ...expected } = { enabled: undefined, ...changed };
        for (const name of ["infrastructure-configs", "apps"] as const) {
            it(`keep every other default of ${name} if the stack file sets ${JSON.stringify(changed)}`, async () => {
                const before = await kustomizationsOf({ monitoring });
                const after = await kustomizationsOf({ monitoring, [name]: changed });
                assert.deepEqual(after, { ...before, [name]: { ...before[name], ...builtIn[name], ...expected } });
            });
        }
    }

    it("keep every other default of apps if it does not wait and deletes", async () => {
        const changed = { wait: false, prune: false, deletionPolicy: "Delete" };
        const before = await kustomizationsOf({});
        const after = await kustomizationsOf({ apps: changed });
        assert.deepEqual(after, { ...before, apps: { ...before.apps, ...changed } });
    });

    it("are created in the order of their dependencies, in any order of the stack file", async () => {
        const found = await kustomizationsOf({
            late: { ...monitoring, dependsOn: ["apps"] },
            infrastructure: { dependsOn: ["first"] },
            first: monitoring,
        });
        assert.deepEqual(
            inDependencyOrder(found).map(({ name }) => name),
            ["first", "infrastructure", "infrastructure-configs", "apps", "late"],
        );
        const made = mapInOrder<string>(found, ({ name }, earlier) => [name, ...earlier].join(" after "));
        const configs = "infrastructure-configs after infrastructure after first";
        assert.deepEqual(made, {
            first: "first",
            infrastructure: "infrastructure after first",
            "infrastructure-configs": configs,
            apps: `apps after ${configs}`,
            late: `late after apps after ${configs}`,
        });
    });

    it("are found by the name of their source", async () => {
        const found = await kustomizationsOf({ monitoring });
        const namesFrom = (source: string) => appliedFrom(found, source).map(({ name }) => name);
        assert.deepEqual(namesFrom("infrastructure"), ["infrastructure", "infrastructure-configs", "monitoring"]);
        assert.deepEqual(namesFrom("apps"), ["apps"]);
        assert.deepEqual(namesFrom("nothing"), []);
    });
});
