import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { V1NetworkPolicy } from "@kubernetes/client-node";

import { rows } from "../support/documents";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import { environments } from "../support/scaffold";
import { validate } from "../support/schema";
import { scratchFolder } from "../support/scratch";

const repository = "scaffold/fluxcd-infrastructure";
const steps = { operator: "infrastructure", configs: "infrastructure/configs" } as const;
type Step = keyof typeof steps;

/** The parts of other components, which no overlay lists under `resources`. */
const parts = ["gateway-certificates", "namespace"];
const namesOf = (step: Step) =>
    readdirSync(join(repository, steps[step], "components")).filter((it) => !parts.includes(it));

/** The kinds that a cluster knows, or that Flux brings. All others need an operator. */
const isKnown = ({ apiVersion }: Manifest) =>
    /^(v1$|apps\/|admissionregistration\.k8s\.io\/|networking\.k8s\.io\/|rbac\.authorization\.k8s\.io\/)/.test(
        apiVersion,
    ) || /^(source|helm)\.toolkit\.fluxcd\.io\//.test(apiVersion);
const isOfFlux = ({ apiVersion }: Manifest) => apiVersion.includes(".fluxcd.io/");
const level = "pod-security.kubernetes.io";

interface Release extends Manifest {
    readonly spec: {
        readonly chartRef?: { readonly kind: string; readonly name: string };
        readonly chart?: { readonly spec: { readonly version: string; readonly sourceRef: { readonly name: string } } };
        readonly install: object;
        readonly upgrade: object;
        readonly values: object;
    };
}
interface Source extends Manifest {
    readonly spec: { readonly ref?: { readonly tag: string; readonly digest: string } };
}

/** A step's overlay of an environment with further lines. */
async function overlayWith(step: Step, environment: string, ...lines: readonly string[]): Promise<Manifest[]> {
    const copy = scratchFolder();
    cpSync(repository, copy, { recursive: true });
    const overlay = join(copy, steps[step], "overlays", environment);
    const file = join(overlay, "kustomization.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("  - ../../base\n", ["  - ../../base", ...lines, ""].join("\n")));
    return kustomizeBuild(overlay);
}

/** All of a pod's containers, with the settings of the pod. */
function imagesIn(manifests: readonly Manifest[]): string[] {
    return [...JSON.stringify(manifests).matchAll(/"image":"([^"]+)"/g)].map(([, image = ""]) => image);
}

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

    it("put everything that needs an operator into the second step", async () => {
        for (const name of namesOf("configs")) {
            const built = await kustomizeBuild(join(repository, steps.configs, "components", name));
            assert.ok(
                built.some((it) => !isKnown(it)),
                name,
            );
            assert.deepEqual(built.filter(isOfFlux), []);
        }
    });

    it("let cert-manager work with gateways by a line under components", async () => {
        const copy = scratchFolder();
        cpSync(repository, copy, { recursive: true });
        const file = join(copy, "infrastructure/overlays/dev/kustomization.yaml");
        const text = readFileSync(file, "utf8");
        const lines =
            "  - ../../base\n  - ../../components/cert-manager\ncomponents:\n  - ../../components/gateway-certificates\n";
        writeFileSync(file, text.replace("  - ../../base\n", lines));
        const built = await kustomizeBuild(join(copy, "infrastructure/overlays/dev"));
        const release = built.find(({ kind }) => kind === "HelmRelease") as Release & {
            spec: { values: { config: unknown } };
        };
        assert.deepEqual(release.spec.values.config, {
            apiVersion: "controller.config.cert-manager.io/v1alpha1",
            kind: "ControllerConfiguration",
            enableGatewayAPI: true,
        });
    });

    it("warn of images by default, and refuse them with the other folder", async () => {
        for (const [name, actions] of [
            ["admission-policies", ["Warn", "Audit"]],
            ["admission-policies-deny", ["Deny"]],
        ] as const) {
            const built = await kustomizeBuild(join(repository, steps.operator, "components", name));
            const bindings = built.filter(({ kind }) => kind === "ValidatingAdmissionPolicyBinding");
            const found = bindings.map(({ spec }) => (spec as { validationActions: string[] }).validationActions);
            assert.deepEqual(found, [actions]);
        }
    });

    it("are all in the README and in docs/components.md, by the lines that add them", () => {
        for (const document of [`${repository}/README.md`, "docs/components.md"]) {
            for (const step of ["operator", "configs"] as const) {
                const shown = rows(document, "Component").flatMap((row) =>
                    [...(row[`\`${steps[step]}/overlays/<environment>\``] ?? "").matchAll(/components\/([\w-]+)/g)].map(
                        ([, it]) => it,
                    ),
                );
                assert.deepEqual([...new Set(shown)].sort(), namesOf(step).sort(), `${document}, ${step}`);
            }
        }
    });

    it("are kept up to date by Renovate, in every folder that has versions", () => {
        const settings = JSON.parse(readFileSync(join(repository, "renovate.json"), "utf8")) as Record<string, unknown>;
        assert.deepEqual(settings.enabledManagers, ["flux", "kubernetes"]);
        assert.deepEqual(settings.packageRules, [{ matchDatasources: ["docker"], pinDigests: true }]);
        const [pattern = ""] = (settings.flux as { managerFilePatterns: string[] }).managerFilePatterns;
        assert.deepEqual(settings.kubernetes, settings.flux);
        const expression = new RegExp(pattern.slice(1, -1));
        for (const file of [
            "components/cert-manager/source.yaml",
            "configs/components/flux-monitoring/resource-metrics.yaml",
        ]) {
            assert.match(`infrastructure/${file}`, expression);
        }
    });
});
