import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { readConfig } from "../../config";
import { appliedFrom } from "../../config/kustomizations";
import { startEngine } from "../support/engine";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import { buildScaffold, environments, only, podSpec } from "../support/scaffold";
import { validate } from "../support/schema";
import { useStackFile } from "../support/stack";

const title = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

describe("The scaffold", function () {
    this.timeout(60_000);

    for (const environment of environments) {
        describe(`for ${environment}`, () => {
            let infrastructure: Manifest[];
            let apps: Manifest[];
            const all = () => [...infrastructure, ...apps];

            before(async () => {
                ({ infrastructure, apps } = await buildScaffold(environment));
            });

            it("has exactly the folders that the stack's Kustomizations apply", async () => {
                process.env.GITHUB_TOKEN = "token-of-the-test";
                await startEngine(environment);
                useStackFile(`Pulumi.${environment}.yaml`);
                const { kustomizations } = readConfig();
                const built = async (source: string) => {
                    const folders = appliedFrom(kustomizations, source).map(({ path }) => path);
                    const root = `scaffold/fluxcd-${source}`;
                    return (await Promise.all(folders.map((path) => kustomizeBuild(join(root, path))))).flat();
                };
                assert.deepEqual(await built("infrastructure"), infrastructure);
                assert.deepEqual(await built("apps"), apps);
            });

            it("has no folder clusters, which Flux would not read", () => {
                for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
                    assert.ok(!existsSync(join("scaffold", repository, "clusters")), repository);
                }
            });

            it("contains only valid Kubernetes objects", async () => {
                for (const manifest of all()) {
                    await validate(manifest);
                }
            });

            it("puts every app into a namespace that infrastructure creates", () => {
                const namespaces = infrastructure.filter(({ kind }) => kind === "Namespace");
                const names = namespaces.map(({ metadata }) => metadata.name);
                assert.deepEqual(names, ["podinfo"]);
                for (const manifest of apps) {
                    assert.ok(names.includes(manifest.metadata.namespace ?? "none"), title(manifest));
                }
                for (const { kind, metadata } of infrastructure) {
                    const place = metadata.namespace ?? "cluster";
                    // The namespace of Flux is there before anything from here, for the identity of its Kustomization.
                    const allowed = kind === "ServiceAccount" ? ["flux-system"] : ["cluster", ...names];
                    assert.ok(allowed.includes(place), `${kind} ${metadata.name} in ${place}`);
                }
            });

            it("labels every object and every pod with its environment", () => {
                for (const manifest of all()) {
                    const labels = manifest.metadata.labels ?? {};
                    assert.equal(labels.environment, environment, title(manifest));
                    const part = apps.includes(manifest) ? "apps" : "infrastructure";
                    assert.equal(labels["app.kubernetes.io/part-of"], part, title(manifest));
                }
                for (const manifest of apps) {
                    assert.equal(manifest.metadata.labels?.["app.kubernetes.io/name"], "podinfo", title(manifest));
                }
                assert.deepEqual(only(apps, "Deployment").spec?.template.metadata?.labels, {
                    "app.kubernetes.io/name": "podinfo",
                    "app.kubernetes.io/part-of": "apps",
                    environment,
                });
            });

            it("declares no Flux object, because only the program owns those", () => {
                assert.deepEqual(
                    all().filter(({ apiVersion }) => apiVersion.includes("fluxcd.io")),
                    [],
                );
            });

            it("contains no expression that Flux would substitute", () => {
                assert.doesNotMatch(JSON.stringify(all()), /\$\{/);
            });

            it("enforces the restricted pod security standard of one version, and warns and audits with the newest", () => {
                const labels = Object.entries(only(infrastructure, "Namespace").metadata?.labels ?? {});
                const prefix = "pod-security.kubernetes.io/";
                const { "enforce-version": enforced, ...others } = Object.fromEntries(
                    labels.flatMap(([name, value]) =>
                        name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
                    ),
                );
                assert.match(enforced ?? "", /^v1\.\d+$/);
                assert.deepEqual(others, {
                    enforce: "restricted",
                    warn: "restricted",
                    "warn-version": "latest",
                    audit: "restricted",
                    "audit-version": "latest",
                });
            });

            it("denies all traffic except DNS and the app's port", () => {
                const policies = infrastructure.filter(({ kind }) => kind === "NetworkPolicy");
                assert.equal(policies.length, 3);
                const spec = (name: string) => only(policies, "NetworkPolicy", name).spec;
                assert.deepEqual(spec("default-deny"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
                const ports = (port: number) => ["UDP", "TCP"].map((protocol) => ({ port, protocol }));
                assert.deepEqual(
                    spec("allow-dns")?.egress?.map((rule) => rule.ports),
                    [ports(53), ports(5353)],
                );
                assert.deepEqual(spec("allow-podinfo")?.policyTypes, ["Ingress"]);
                const opened = spec("allow-podinfo")?.ingress?.flatMap(({ ports }) => ports?.map(({ port }) => port));
                const listening = podSpec(apps).containers.flatMap(({ ports }) => ports?.map(({ name }) => name));
                assert.deepEqual(opened, listening);
            });

            it("admits pods of the named namespaces to the app, and no other pods", () => {
                const rules = only(infrastructure, "NetworkPolicy", "allow-podinfo").spec?.ingress;
                assert.deepEqual(
                    rules?.map((rule) => (rule as { from?: unknown }).from),
                    [
                        [
                            {
                                namespaceSelector: {
                                    matchExpressions: [
                                        {
                                            key: "kubernetes.io/metadata.name",
                                            operator: "In",
                                            values: ["envoy-gateway-system", "monitoring"],
                                        },
                                    ],
                                },
                            },
                        ],
                    ],
                );
            });

            it("lets apps attach routes to gateways, but make no gateway", () => {
                const { rules = [] } = only(infrastructure, "ClusterRole", "apps-reconciler");
                const ofGateways = rules.filter(({ apiGroups }) => apiGroups?.includes("gateway.networking.k8s.io"));
                assert.deepEqual(
                    ofGateways.map(({ resources }) => resources),
                    [["grpcroutes", "httproutes"]],
                );
            });

            it("grants the apps' reconciler only what the apps need, in their namespace only", () => {
                const binding = only(infrastructure, "RoleBinding");
                assert.equal(binding.metadata?.namespace, "podinfo");
                assert.deepEqual(binding.subjects, [
                    { kind: "ServiceAccount", name: "apps-reconciler", namespace: "flux-system" },
                ]);
                assert.equal(infrastructure.filter(({ kind }) => kind === "ClusterRoleBinding").length, 0);

                const rules = only(infrastructure, "ClusterRole", binding.roleRef.name).rules ?? [];
                const granted = (apiGroup: string, resource: string) =>
                    rules.find((rule) => rule.apiGroups?.includes(apiGroup) && rule.resources?.includes(resource))
                        ?.verbs;
                for (const { apiVersion, kind } of apps) {
                    const apiGroup = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
                    assert.deepEqual(
                        granted(apiGroup, `${kind.toLowerCase()}s`),
                        ["get", "list", "watch", "create", "update", "patch", "delete"],
                        kind,
                    );
                }
                const limits = [
                    "namespaces",
                    "resourcequotas",
                    "limitranges",
                    "networkpolicies",
                    "roles",
                    "rolebindings",
                ];
                const resources = rules.flatMap((rule) => rule.resources ?? []);
                assert.deepEqual(
                    resources.filter((resource) => resource.includes("*") || limits.includes(resource)),
                    [],
                );
            });

            it("runs restricted containers with probes, requests and limits", () => {
                const { automountServiceAccountToken, containers, securityContext } = podSpec(apps);
                assert.equal(automountServiceAccountToken, false);
                assert.equal(securityContext?.runAsNonRoot, true);
                assert.equal(securityContext.seccompProfile?.type, "RuntimeDefault");
                for (const container of containers) {
                    assert.match(container.image ?? "", /:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
                    assert.ok(container.livenessProbe && container.readinessProbe && container.startupProbe);
                    for (const amounts of [container.resources?.requests, container.resources?.limits]) {
                        assert.deepEqual(Object.keys(amounts ?? {}), ["cpu", "memory"]);
                    }
                    assert.deepEqual(container.securityContext, {
                        allowPrivilegeEscalation: false,
                        capabilities: { drop: ["ALL"] },
                        readOnlyRootFilesystem: true,
                    });
                }
            });

            it("restarts the pods when the settings change", () => {
                const name = only(apps, "ConfigMap").metadata?.name;
                assert.match(name ?? "", /^podinfo-[a-z0-9]{10}$/);
                assert.deepEqual(podSpec(apps).containers[0]?.envFrom, [{ configMapRef: { name } }]);
            });

            it("sends the Service's traffic to the pods", () => {
                const service = only(apps, "Service").spec;
                assert.deepEqual(service?.selector, only(apps, "Deployment").spec?.selector.matchLabels);
                assert.deepEqual(service?.ports, [{ name: "http", port: 80, targetPort: "http" }]);
            });
        });
    }
});
