import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { stringify } from "yaml";

import { judge, readDeclarations } from "../../../cli/audit/declared";
import { differencesBetween } from "../../../cli/audit/differences";
import { type Manifest, manifestsOf } from "../../../cli/audit/manifests";
import { CommandError } from "../../../cli/terminal/exit";
import { kustomizeBuild } from "../../support/kustomize";
import { environments } from "../../support/scaffold";

const deployment = (spec: object): Manifest => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "podinfo", namespace: "podinfo" },
    spec,
});
const between = (dev: Manifest[], staging: Manifest[], production: Manifest[]) =>
    differencesBetween({ dev, staging, production });
const declare = (...differences: object[]) => readDeclarations("apps/audit.yaml", stringify({ differences }));

describe("audit.yaml", () => {
    describe("with a declared difference", () => {
        const names = ["dev", "staging", "production"];
        const replicas = (...[dev, staging, production]: [number, number, number]) =>
            between(
                [deployment({ replicas: dev })],
                [deployment({ replicas: staging })],
                [deployment({ replicas: production })],
            );
        const target = { kind: "Deployment", name: "podinfo" };

        it("makes a matching difference intended, with its reason", () => {
            const declarations = declare({ target, fields: ["spec.replicas"], reason: "size" });
            const { intended, unintended, stale } = judge(replicas(1, 2, 3), declarations, names);
            assert.deepEqual(
                intended.map(({ reasons }) => reasons),
                [["size"]],
            );
            assert.deepEqual([unintended, stale], [[], []]);
        });

        it("matches every field below a declared field, and any part of a path with a star", () => {
            for (const fields of [["spec"], ["spec.*"]]) {
                assert.equal(judge(replicas(1, 1, 2), declare({ fields, reason: "r" }), names).unintended.length, 0);
            }
        });

        it("allows only the named environments to differ, and the others must be equal", () => {
            const production = { target, fields: ["spec.replicas"], environments: ["production"], reason: "r" };
            assert.equal(judge(replicas(1, 1, 5), declare(production), names).unintended.length, 0);
            assert.equal(judge(replicas(1, 2, 5), declare(production), names).unintended.length, 1);
            const staging = { ...production, environments: ["staging"] };
            assert.equal(judge(replicas(1, 2, 5), declare(production, staging), names).unintended.length, 0);
        });

        it("does not match another object, another field, or an object that exists only in some environments", () => {
            const elsewhere = [
                { target: { ...target, name: "other" }, fields: ["spec.replicas"], reason: "r" },
                { target: { ...target, namespace: "other" }, fields: ["spec.replicas"], reason: "r" },
                { target, fields: ["spec.replicasOther", "spec.replicas.deeper"], reason: "r" },
                { target, reason: "r" },
            ];
            const { unintended, stale } = judge(replicas(1, 2, 3), declare(...elsewhere), names);
            assert.equal(unintended.length, 1);
            assert.equal(stale.length, elsewhere.length);
            const missing = between([], [], [deployment({})]);
            assert.equal(
                judge(missing, declare({ target, fields: ["spec"], reason: "r" }), names).unintended.length,
                1,
            );
            assert.equal(judge(missing, declare({ target, reason: "r" }), names).unintended.length, 0);
        });

        it("reports a declared field or environment that matches nothing as stale", () => {
            const fields = ["spec.replicas", "spec.paused"];
            const [declaration] = declare({ target, fields, environments: ["production", "prod"], reason: "r" });
            assert.ok(declaration);
            assert.deepEqual(judge(replicas(1, 1, 2), [declaration], names).stale, [
                { declaration, part: "spec.paused" },
                { declaration, part: "prod" },
            ]);
        });

        for (const [what, entry, says] of [
            ["has no reason", { target }, /reason/],
            ["has an unknown key", { target, reason: "r", field: "spec" }, /Unrecognized key: "field"/],
            ["would match every object", { reason: "r" }, /expected a target, fields, or both/],
        ] as const) {
            it(`is refused as wrong usage if a difference ${what}`, () => {
                assert.throws(
                    () => declare(entry),
                    (error) => error instanceof CommandError && error.exitCode === 2 && says.test(error.message),
                );
            });
        }
    });

    describe("in the scaffold", function () {
        this.timeout(60_000);

        for (const source of ["infrastructure", "apps"]) {
            const folder = `scaffold/fluxcd-${source}/${source}`;

            it(`declares every difference of ${source}, and nothing else`, async () => {
                const built = environments.map(async (name) => {
                    const manifests = await kustomizeBuild(`${folder}/overlays/${name}`);
                    return [name, manifestsOf(manifests.map((it) => stringify(it)).join("---\n"))] as const;
                });
                const differences = differencesBetween(Object.fromEntries(await Promise.all(built)));
                const declarations = readDeclarations("audit.yaml", readFileSync(`${folder}/audit.yaml`, "utf8"));
                const { unintended, intended, stale } = judge(differences, declarations, environments);
                assert.deepEqual([unintended, stale], [[], []]);
                assert.ok(intended.length > declarations.length);
            });
        }
    });
});
