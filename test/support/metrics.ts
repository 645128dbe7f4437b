import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parser } from "@prometheus-io/lezer-promql";
import { parse, parseAllDocuments } from "yaml";

export const monitoring = "scaffold/fluxcd-infrastructure/infrastructure/configs/components/flux-monitoring";

export interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
    readonly id: number;
    readonly title: string;
    readonly description: string;
    readonly type: string;
    readonly datasource: { readonly type: string; readonly uid: string };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
    readonly uid: string;
    readonly title: string;
    readonly schemaVersion: number;
    readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
    readonly panels: readonly Panel[];
}

interface ResourceMetrics {
    readonly groupVersionKind: { readonly group: string; readonly version: string; readonly kind: string };
    readonly metricNamePrefix: string;
    readonly metrics: readonly {
        readonly name: string;
        readonly each: { readonly info: { readonly labelsFromPath: Readonly<Record<string, unknown>> } };
        readonly labelsFromPath: Readonly<Record<string, readonly string[]>>;
    }[];
}

const textOf = (file: string) => readFileSync(join(monitoring, file), "utf8");

export function rules(): readonly Rule[] {
    const { spec } = parse(textOf("prometheus-rule.yaml")) as { spec: { groups: { rules: Rule[] }[] } };
    return spec.groups.flatMap((group) => group.rules);
}

export function dashboard(): Dashboard {
    return JSON.parse(textOf("dashboard.json")) as Dashboard;
}

/** What kube-state-metrics is told to make of Flux's objects. */
export function resourceMetrics(): readonly ResourceMetrics[] {
    const { spec } = parse(textOf("resource-metrics-config.yaml")) as { spec: { resources: ResourceMetrics[] } };
    return spec.resources;
}

export function documentsOf(file: string): Record<string, unknown>[] {
    return parseAllDocuments(textOf(file)).map((document) => document.toJS() as Record<string, unknown>);
}

/** Every query, of the rules and of the dashboard, with Grafana's own variable replaced as Grafana does. */
export function queries(): string[] {
    const ofPanels = dashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    return [...rules().map(({ expr }) => expr), ...ofPanels.map((expr) => expr.replaceAll("$__rate_interval", "5m"))];
}

interface Query {
    readonly metrics: readonly string[];
    /** The labels that are asked for or grouped by. */
    readonly labels: readonly string[];
}

/** What a query is made of, by Prometheus' own grammar; fails where it is none. */
export function read(query: string): Query {
    const metrics: string[] = [];
    const labels: string[] = [];
    parser.parse(query).iterate({
        enter({ type, from, to, node }) {
            const text = query.slice(from, to);
            if (type.isError) {
                throw new Error(`no PromQL at ${from}: ${query.slice(from)}`);
            }
            if (type.name === "Identifier" && node.parent?.name === "VectorSelector") {
                metrics.push(text);
            }
            if (type.name === "LabelName") {
                labels.push(text);
            }
        },
    });
    return { metrics, labels };
}

/** The names of all metrics that rules and dashboard need. */
export function metricsInUse(): string[] {
    return [...new Set(queries().flatMap((query) => read(query).metrics))].sort();
}

/** Of kube-state-metrics, and of Prometheus itself. */
export const notOfControllers = ["gotk_resource_info", "up"];
