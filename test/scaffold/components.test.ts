import assert from "node:assert/strict";
import { join } from "node:path";

import type { V1NetworkPolicy } from "@kubernetes/client-node";

import {
    imagesIn,
    isKnown,
    isOfFlux,
    level,
    namesOf,
    overlayWith,
    type Release,
    repository,
    type Source,
    steps,
} from "../support/components";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import { environments } from "../support/scaffold";
import { validate } from "../support/schema";

describe("The scaffold's components", function () {
    this.timeout(120_000);

    for (const step of ["operator", "configs"] as const) {
        for (const name of namesOf(step)) {
            describe(`in the step of ${steps[step]}: ${name}`, () => {
                let built: Manifest[];

                before(async () => {
                    built = await kustomizeBuild(join(repository, steps[step], "components", name));
                });

                it("is added to the overlay of each environment by one line, with the labels of the environment", async () => {
                    for (const environment of environments) {
                        const line = `  - ../../components/${name}`;
                        const [before, after] = [
                            await overlayWith(step, environment),
                            await overlayWith(step, environment, line),
                        ];
                        assert.equal(after.length, before.length + built.length);
                        for (const { kind, metadata } of after) {
                            const about = `${kind} ${metadata.name}`;
                            assert.equal(metadata.labels?.environment, environment, about);
                            assert.equal(metadata.labels["app.kubernetes.io/part-of"], "infrastructure", about);
                        }
                    }
                });

                it("has no Secret, no expression that Flux would substitute, and no image without a digest", () => {
                    assert.ok(built.every(({ kind }) => kind !== "Secret"));
                    assert.doesNotMatch(JSON.stringify(built), /\$\{/);
                    for (const image of imagesIn(built)) {
                        assert.match(image, /^[^@]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
                    }
                });

                it("is in no overlay by itself", async () => {
                    for (const environment of environments) {
                        const names = (await overlayWith(step, environment)).map(
                            ({ kind, metadata }) => `${kind} ${metadata.name}`,
                        );
                        const own = built.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
                        const shared = ["NetworkPolicy allow-dns", "NetworkPolicy default-deny"];
                        assert.deepEqual(
                            own.filter((it) => names.includes(it) && !shared.includes(it)),
                            [],
                        );
                    }
                });
            });
        }
    }

    for (const name of namesOf("operator")) {
        describe(`with an operator or a policy: ${name}`, () => {
            let built: Manifest[];
            const ofKind = <T extends Manifest>(kind: string) => built.filter((it) => it.kind === kind) as T[];

            before(async () => {
                built = await kustomizeBuild(join(repository, steps.operator, "components", name));
            });

            it("contains only kinds that are there before it", async () => {
                assert.deepEqual(
                    built.filter((it) => !isKnown(it)).map(({ kind }) => kind),
                    [],
                );
                for (const manifest of built.filter((it) => !isOfFlux(it))) {
                    await validate(manifest);
                }
            });

            it("pins its chart by version, and by digest if its registry has digests", () => {
                for (const { spec } of ofKind<Release>("HelmRelease")) {
                    if (spec.chart) {
                        assert.match(spec.chart.spec.version, /^\d+\.\d+\.\d+$/);
                        assert.deepEqual(
                            ofKind("HelmRepository").map(({ metadata }) => metadata.name),
                            [spec.chart.spec.sourceRef.name],
                        );
                    } else {
                        assert.equal(spec.chartRef?.kind, "OCIRepository");
                        const [source] = ofKind<Source>("OCIRepository");
                        assert.equal(source?.metadata.name, spec.chartRef.name);
                        assert.match(source.spec.ref?.tag ?? "", /^v?\d+\.\d+\.\d+$/);
                        assert.match(source.spec.ref?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
                    }
                }
            });

            it("retries its release, keeps the definitions up to date, and limits the memory", () => {
                for (const { spec } of ofKind<Release>("HelmRelease")) {
                    const action = { crds: "CreateReplace", strategy: { name: "RetryOnFailure", retryInterval: "1m" } };
                    assert.deepEqual([spec.install, spec.upgrade], [action, action]);
                    const values = JSON.stringify(spec.values);
                    assert.match(values, /"limits":{"memory":"\w+"},"requests":{"cpu":"\w+","memory":"\w+"}/);
                }
            });

            it("has a namespace with its own level of pod security, in a version that an upgrade does not change", () => {
                const [namespace] = ofKind("Namespace");
                const labels = namespace?.metadata.labels ?? {};
                const wanted: Record<string, string | undefined> = {
                    "fluent-bit": "privileged",
                    "kube-prometheus-stack": "baseline",
                };
                if (name.startsWith("admission-policies")) {
                    assert.equal(namespace, undefined);
                    return;
                }
                assert.equal(labels[`${level}/enforce`], wanted[name] ?? "restricted");
                assert.match(labels[`${level}/enforce-version`] ?? "", /^v1\.\d+$/);
                for (const mode of ["audit", "warn"]) {
                    assert.equal(labels[`${level}/${mode}`], name === "fluent-bit" ? "privileged" : "restricted");
                }
                const elsewhere = built.filter(
                    (it) => it.metadata.namespace !== undefined && it.metadata.namespace !== namespace?.metadata.name,
                );
                assert.deepEqual(elsewhere, []);
            });

            it("denies its pods all traffic that no further policy allows", () => {
                if (name.startsWith("admission-policies")) {
                    return;
                }
                const policies = ofKind("NetworkPolicy") as unknown as (Manifest & V1NetworkPolicy)[];
                const denied = policies.find(({ metadata }) => metadata.name === "default-deny");
                assert.deepEqual(denied?.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
                const rules = policies.flatMap(({ spec }) => [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]);
                // A rule names ports, pods or namespaces: one of nothing allows everything.
                assert.ok(rules.every((rule) => Object.keys(rule).length > 0));
            });
        });
    }
});
