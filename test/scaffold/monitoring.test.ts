import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { V1ClusterRole, V1Deployment } from "@kubernetes/client-node";

import { rows } from "../support/documents";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import {
    dashboard,
    metricsInUse,
    monitoring,
    notOfControllers,
    queries,
    read,
    resourceMetrics,
    rules,
} from "../support/metrics";
import { scratchFolder } from "../support/scratch";
import { validate } from "../support/schema";

type Model = new (data: object) => { validate(): void };

/** Against the schemas of the Prometheus Operator's own CRDs. */
async function validateOperators(manifest: Manifest): Promise<void> {
    const models =
        (await import("@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1")) as unknown as Record<
            string,
            Model | undefined
        >;
    const Model = models[manifest.kind];
    assert.ok(Model, `the Prometheus Operator has no ${manifest.kind}`);
    new Model(manifest).validate();
}

const isOperators = ({ apiVersion }: Manifest) => apiVersion === "monitoring.coreos.com/v1";
const plain = (cell = "") => cell.replaceAll("`", "");

describe("The scaffold's monitoring", function () {
    this.timeout(60_000);
    let built: Manifest[];
    const one = (kind: string, name: string) => {
        const found = built.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
        assert.ok(found, `${kind} ${name}`);
        return found;
    };

    before(async () => {
        built = await kustomizeBuild(monitoring);
    });

    it("is added by one line in an overlay, after the operator that the first step has by another one", async () => {
        const copy = scratchFolder();
        cpSync("scaffold/fluxcd-infrastructure", copy, { recursive: true });
        const shown = rows("docs/metrics.md", "Overlay of an environment").map((row) => [
            plain(row["Overlay of an environment"]),
            plain(row.Line),
        ]);
        const [operator = [], objects = []] = await Promise.all(
            shown.map(async ([overlay = "", line = ""]) => {
                const file = join(copy, overlay, "kustomization.yaml");
                const text = readFileSync(file, "utf8");
                writeFileSync(file, text.replace("  - ../../base\n", `  - ../../base\n  ${line}\n`));
                return kustomizeBuild(join(copy, overlay));
            }),
        );
        const kinds = (manifests: Manifest[]) => manifests.map(({ kind }) => kind);
        assert.deepEqual(
            kinds(objects).filter((kind) => ["PodMonitor", "PrometheusRule"].includes(kind)),
            ["PodMonitor", "PodMonitor", "PrometheusRule"],
        );
        assert.deepEqual(operator.filter(isOperators), []);
        assert.ok(kinds(operator).includes("HelmRelease"));
        assert.ok(kinds(operator).includes("ResourceQuota"));
    });

    it("is valid according to the Kubernetes and Prometheus Operator schemas", async () => {
        for (const manifest of built) {
            await (isOperators(manifest) ? validateOperators(manifest) : validate(manifest));
        }
        assert.equal(built.filter(isOperators).length, 3);
        const { spec, ...rest } = one("PodMonitor", "flux-controllers") as Manifest & { spec: object };
        await assert.rejects(validateOperators({ ...rest, spec: { ...spec, selector: "app" } }), /selector/);
    });

    it("contains no expression that Flux would substitute", () => {
        assert.doesNotMatch(JSON.stringify(built), /\$\{/);
    });

    it("scrapes every controller, shards included, and the metrics of Flux's objects", () => {
        const { spec } = one("PodMonitor", "flux-controllers");
        assert.deepEqual(spec, {
            selector: { matchLabels: { "app.kubernetes.io/part-of": "flux" } },
            podTargetLabels: ["app"],
            podMetricsEndpoints: [{ port: "http-prom" }],
        });
        const deployment = one("Deployment", "flux-resource-metrics") as unknown as V1Deployment;
        const pod = deployment.spec?.template;
        const [port] = pod?.spec?.containers[0]?.ports ?? [];
        assert.deepEqual(one("PodMonitor", "flux-resources").spec, {
            selector: { matchLabels: pod?.metadata?.labels },
            podMetricsEndpoints: [{ port: port?.name }],
        });
        // Flux's NetworkPolicy lets Prometheus in by this port alone.
        assert.equal(port?.containerPort, 8080);
    });

    it("may list and watch exactly the kinds that it measures", () => {
        const { rules: granted = [] } = one("ClusterRole", "flux-resource-metrics") as unknown as V1ClusterRole;
        const needed = resourceMetrics().map(({ groupVersionKind: { group, kind } }) => {
            const plural = kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
            return `${group}/${plural.toLowerCase()}`;
        });
        const allowed = granted.flatMap(({ apiGroups = [], resources = [] }) =>
            apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
        );
        assert.deepEqual(allowed.sort(), [...needed, "apiextensions.k8s.io/customresourcedefinitions"].sort());
        assert.deepEqual([...new Set(granted.flatMap(({ verbs }) => verbs))], ["list", "watch"]);
    });

    it("contains only valid PromQL queries", () => {
        assert.throws(() => read("sum by (kind (rate(gotk[5m]))"), /no PromQL/);
        for (const query of queries()) {
            assert.ok(read(query).metrics.length > 0, query);
        }
    });

    it("queries only labels that the resource metrics have", () => {
        const made = resourceMetrics().flatMap(({ metricNamePrefix, metrics }) =>
            metrics.map(({ name }) => `${metricNamePrefix}_${name}`),
        );
        assert.deepEqual([...new Set(made)], ["gotk_resource_info"]);
        const [first] = resourceMetrics().flatMap(({ metrics }) => metrics);
        const known = [
            ...Object.keys({ ...first?.labelsFromPath, ...first?.each.info.labelsFromPath }),
            // kube-state-metrics adds it.
            "customresource_kind",
        ];
        const ofState = queries().filter((query) => read(query).metrics.every((name) => name === "gotk_resource_info"));
        assert.ok(ofState.length > 5);
        for (const query of ofState) {
            for (const label of read(query).labels) {
                assert.ok(known.includes(label), `${label}: ${query}`);
            }
        }
    });

    describe("in its alert rules", () => {
        for (const rule of rules()) {
            it(`has a wait, a severity and a description with known labels: ${rule.alert}`, () => {
                assert.deepEqual(Object.keys(rule).sort(), ["alert", "annotations", "expr", "for", "labels"]);
                assert.match(rule.for, /^\d+[mh]$/);
                assert.ok(["critical", "warning"].includes(rule.labels.severity ?? ""));
                assert.deepEqual(Object.keys(rule.annotations), ["summary", "description"]);
                const named = [...(rule.annotations.summary ?? "").matchAll(/\$labels\.(\w+)/g)].map(
                    ([, name]) => name,
                );
                for (const name of named) {
                    assert.ok(read(rule.expr).labels.includes(name ?? ""), `${name ?? ""} is no label of it`);
                }
            });
        }
    });

    describe("on its dashboard", () => {
        it("has panels that do not overlap, each with a title and a selectable data source", () => {
            const { panels, templating, uid } = dashboard();
            assert.equal(uid, "flux");
            assert.deepEqual(
                templating.list.map(({ name, type }) => `${type} ${name}`),
                ["datasource datasource"],
            );
            const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
                assert.ok(x + w <= 24);
                return Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`);
            });
            assert.equal(new Set(cells).size, cells.length);
            for (const of of ["id", "title"] as const) {
                assert.equal(new Set(panels.map((panel) => panel[of])).size, panels.length);
            }
            for (const { title, description, type, datasource, targets } of panels) {
                assert.ok(["stat", "table", "timeseries"].includes(type), title);
                assert.ok(description.endsWith("."), title);
                assert.deepEqual(datasource, { type: "prometheus", uid: "$datasource" });
                assert.equal(targets.length, 1);
            }
        });

        it("is provided to Grafana in a labeled ConfigMap", () => {
            const { data, metadata } = one("ConfigMap", "flux-dashboard") as Manifest & {
                data: Record<string, string>;
            };
            assert.deepEqual(JSON.parse(data["flux.json"] ?? ""), dashboard());
            assert.equal(metadata.labels?.grafana_dashboard, "1");
        });
    });

    describe("in docs/metrics.md", () => {
        const told = (column: string) => rows("docs/metrics.md", column).map((row) => plain(row[column]));

        it("has every metric in use, and no other metric", () => {
            assert.deepEqual(told("Metric").sort(), metricsInUse());
        });

        it("has every alert rule with its severity and its wait", () => {
            assert.deepEqual(
                rows("docs/metrics.md", "Alert").map((row) => [
                    plain(row.Alert),
                    plain(row.Severity),
                    plain(row.After),
                ]),
                rules().map(({ alert, labels, for: wait }) => [alert, labels.severity, wait]),
            );
        });

        it("has every panel of the dashboard", () => {
            assert.deepEqual(
                told("Panel"),
                dashboard().panels.map(({ title }) => title),
            );
        });

        it("names the metrics that do not come from the controllers", () => {
            const others = rows("docs/metrics.md", "Metric")
                .filter((row) => !row.From?.startsWith("The controllers"))
                .map((row) => plain(row.Metric));
            assert.deepEqual(others.sort(), notOfControllers);
        });
    });
});
