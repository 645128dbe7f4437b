import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { inOrder } from "../../domain/dependencies";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const podinfo = { url: "https://github.com/stefanprodan/podinfo" };

async function configOf(overrides: Record<string, unknown>) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", overrides);
    return readConfig();
}

const sourcesOf = async (sources: object, more: object = {}) =>
    (await configOf({ "fluxcd:sources": sources, ...more })).further.sources;
const kustomizationsOf = async (kustomizations: object, more: object = {}) =>
    (await configOf({ "fluxcd:kustomizations": kustomizations, ...more })).further.kustomizations;

describe("A further source", () => {
    for (const ref of [
        { branch: "release/1.x" },
        { tag: "v1.0.0+build" },
        { semver: ">=6.0.0 <7.0.0" },
        { semver: ">= 1.2, < 3.0.0 || 5.x" },
        { commit: "a".repeat(40) },
    ]) {
        it(`stands where it is told: ${JSON.stringify(ref)}`, async () => {
            const { podinfo: source } = await sourcesOf({ podinfo: { ...podinfo, ...ref } });
            assert.deepEqual(source, { ...podinfo, ref, interval: "1m", suspend: undefined });
        });
    }

    it("is suspended with the stack", async () => {
        const { podinfo: source } = await sourcesOf({ podinfo: { ...podinfo, tag: "1" } }, { "fluxcd:suspend": true });
        assert.equal(source?.suspend, true);
    });
});

describe("A further Kustomization", () => {
    const monitoring = { source: "infrastructure", path: "./monitoring" };

    it("has the defaults that are documented", async () => {
        const { monitoring: found } = await kustomizationsOf({ monitoring });
        assert.deepEqual(JSON.parse(JSON.stringify(found)), {
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
        it(`may be of the folder ${path}`, async () => {
            const { monitoring: found } = await kustomizationsOf({ monitoring: { ...monitoring, path } });
            assert.equal(found?.path, path);
        });
    }

    it("is suspended with the stack, and under the lockdown is applied as Flux's own account where it names none", async () => {
        const named = { ...monitoring, serviceAccountName: "monitoring" };
        const found = await kustomizationsOf(
            { monitoring, named },
            { "fluxcd:suspend": true, "fluxcd:flux": { multitenancy: true } },
        );
        assert.deepEqual(
            Object.values(found).map(({ suspend, serviceAccountName }) => [suspend, serviceAccountName]),
            [
                [true, "kustomize-controller"],
                [true, "monitoring"],
            ],
        );
    });

    it("may have the name that an object of the language has", async () => {
        const found = await kustomizationsOf({ constructor: monitoring });
        assert.deepEqual(Object.keys(found), ["constructor"]);
    });
});

describe("inOrder", () => {
    const of = (dependsOn: Record<string, string[]>) => inOrder(new Map(Object.entries(dependsOn)));

    it("puts each after those it depends on, and knows nothing of others", () => {
        const { order, cycle } = of({ a: ["c", "infrastructure"], b: ["a"], c: [] });
        assert.deepEqual(order, ["c", "a", "b"]);
        assert.deepEqual(cycle, []);
    });

    it("finds a cycle, without what only leads to it", () => {
        assert.deepEqual(of({ x: ["a"], a: ["b"], b: ["c"], c: ["a"] }).cycle, ["a", "b", "c", "a"]);
    });

    it("goes through what many depend on once", () => {
        const layers = Array.from({ length: 60 }, (_, index) => index);
        const names = layers.map((layer) => [`${layer}-a`, `${layer}-b`]);
        const dependsOn = Object.fromEntries(
            names.flatMap((layer, index) => layer.map((name) => [name, names[index + 1] ?? []])),
        );
        assert.equal(of(dependsOn).order.length, 120);
    });
});
