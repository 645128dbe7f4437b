import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { appliedFrom, inDependencyOrder, mapInOrder } from "../../config/kustomizations";
import { refusal } from "../support/refusal";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const monitoring = { source: "infrastructure", path: "./monitoring" };

async function kustomizationsOf(kustomizations: object, more: object = {}) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", { "fluxcd:kustomizations": kustomizations, ...more });
    return readConfig().kustomizations;
}

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

describe("The Kustomizations infrastructure and apps", () => {
    const builtIn = {
        infrastructure: {
            ...{ source: "infrastructure", path: "./infrastructure/overlays/dev", dependsOn: [], interval: "10m" },
        },
        apps: { source: "apps", path: "./apps/overlays/dev", dependsOn: ["infrastructure"], interval: "5m" },
    };

    it("apply the environment's overlays, and apps depends on infrastructure", async () => {
        const found = await kustomizationsOf({});
        assert.deepEqual(Object.keys(found), ["infrastructure", "apps"]);
        for (const name of ["infrastructure", "apps"] as const) {
            assert.deepEqual(found[name], { ...found[name], name, ...builtIn[name] });
        }
    });

    it("have paths with the environment, which can differ from the stack's name", async () => {
        const found = await kustomizationsOf({}, { "fluxcd:environment": "eu" });
        assert.deepEqual(
            Object.values(found).map(({ path }) => path),
            ["./infrastructure/overlays/eu", "./apps/overlays/eu"],
        );
    });

    for (const changed of [
        { path: "./clusters/dev" },
        { dependsOn: [] },
        { dependsOn: ["infrastructure", "monitoring"] },
        { interval: "1h" },
        { source: "infrastructure" },
        { wait: false, prune: false, deletionPolicy: "Delete" },
        { suspend: false },
    ]) {
        it(`keep every other default if the stack file sets ${JSON.stringify(changed)}`, async () => {
            const before = await kustomizationsOf({ monitoring });
            const after = await kustomizationsOf({ monitoring, apps: changed });
            assert.deepEqual(after.apps, { ...before.apps, ...builtIn.apps, ...changed });
            assert.deepEqual(after.infrastructure, before.infrastructure);
        });
    }

    it("are created in the order of their dependencies, in any order of the stack file", async () => {
        const found = await kustomizationsOf({
            late: { ...monitoring, dependsOn: ["apps"] },
            infrastructure: { dependsOn: ["first"] },
            first: monitoring,
        });
        assert.deepEqual(
            inDependencyOrder(found).map(({ name }) => name),
            ["first", "infrastructure", "apps", "late"],
        );
        const made = mapInOrder<string>(found, ({ name }, earlier) => [name, ...earlier].join(" after "));
        assert.deepEqual(made, {
            first: "first",
            infrastructure: "infrastructure after first",
            apps: "apps after infrastructure after first",
            late: "late after apps after infrastructure after first",
        });
    });

    it("are found by the name of their source", async () => {
        const found = await kustomizationsOf({ monitoring });
        const names = (source: string) => appliedFrom(found, source).map(({ name }) => name);
        assert.deepEqual(names("infrastructure"), ["infrastructure", "monitoring"]);
        assert.deepEqual(names("apps"), ["apps"]);
        assert.deepEqual(names("nothing"), []);
    });
});
