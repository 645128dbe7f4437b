import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Result } from "./results.ts";
import { type Chart, type Figure, median, type Scenario } from "./scenario.ts";

const unitNames: Record<Figure["unit"], string> = {
    s: "seconds",
    ms: "milliseconds",
    MiB: "MiB",
    KiB: "KiB",
    requests: "requests",
    writes: "writes",
    resources: "resources",
    times: "times",
};

const colours = ["#326ce5", "#8a8f98", "#d97706", "#0f766e", "#9d174d"];
const text = "#1f2328";
const faint = "#d0d7de";

/** Light in both of GitHub's themes, since an image in Markdown cannot know which one it is in. */
const config = {
    background: "#ffffff",
    font: "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif",
    padding: 16,
    title: { color: text, fontSize: 15, fontWeight: 600, anchor: "start", offset: 14 },
    axis: {
        labelColor: text,
        titleColor: text,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: "normal",
        gridColor: faint,
        domainColor: faint,
        tickColor: faint,
        labelLimit: 420,
    },
    legend: { labelColor: text, labelFontSize: 12, title: null, orient: "bottom", labelLimit: 420, symbolSize: 90 },
    view: { stroke: null },
} as const;

/** Without a canvas vega takes letters for far wider than they are, and cuts labels that have room. */
const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: { fontSize?: number; text?: string }, text?: string | number) => number };
};
textMetrics.width = ({ fontSize = 11, text: own }, text = own) => 0.56 * fontSize * String(text ?? "").length;

/** The chart of a result as SVG, or nothing when the run did not measure what it shows. */
export async function draw(chart: Chart, result: Result): Promise<string | undefined> {
    const spec = "bars" in chart.of ? bars(chart, chart.of.bars, result) : lines(chart, chart.of, result);
    if (spec === undefined) return undefined;
    const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
    try {
        return await view.toSVG();
    } finally {
        view.finalize();
    }
}

export function svgName({ name }: Scenario, chart: Chart): string {
    return `${name}-${chart.name}.svg`;
}

/** Every run is a dot, so that nobody takes a median for the whole truth. */
function bars(chart: Chart, ids: readonly string[], result: Result): TopLevelSpec | undefined {
    const figures = ids.flatMap((id) => result.figures.filter((figure) => figure.id === id));
    const [first] = figures;
    if (first === undefined) return undefined;
    // Of one unit, and in the order in which the scenario names them; the peers in the colour of peers.
    const ours = figures.filter(({ beside }) => beside !== undefined).map(({ what }) => what);
    const y = {
        field: "what",
        type: "nominal",
        sort: null,
        title: null,
        axis: { ticks: false, labelPadding: 8 },
    } as const;
    const x = (field: string) =>
        ({ field, type: "quantitative", title: unitNames[first.unit], axis: { tickCount: 6 } }) as const;
    const medians = figures.map(({ what, values }) => ({
        what,
        median: median(values),
        label: show(median(values), first.unit),
        side: ours.length === 0 || ours.includes(what) ? "ours" : "other",
    }));
    const runs = figures.flatMap(({ what, values }) => values.map((value) => ({ what, value })));
    return {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        title: chart.title,
        width: 460,
        height: { step: 34 },
        config,
        layer: [
            {
                data: { values: medians },
                mark: { type: "bar", height: 18, cornerRadiusEnd: 2 },
                encoding: {
                    y,
                    x: x("median"),
                    color: {
                        field: "side",
                        type: "nominal",
                        scale: { domain: ["ours", "other"], range: [colours[0] ?? text, "#b6bcc5"] },
                        legend: null,
                    },
                },
            },
            {
                data: { values: runs },
                mark: { type: "circle", size: 36, color: text, opacity: 0.55 },
                encoding: { y, x: x("value") },
            },
            {
                data: {
                    values: medians.map(({ what, label }) => ({
                        what,
                        label,
                        end: Math.max(...runs.filter((run) => run.what === what).map(({ value }) => value)),
                    })),
                },
                mark: { type: "text", align: "left", dx: 10, fontSize: 12, fontWeight: 600, color: text },
                encoding: { y, x: x("end"), text: { field: "label", type: "nominal" } },
            },
        ],
    };
}

function lines(chart: Chart, of: { lines: string; x: string }, result: Result): TopLevelSpec | undefined {
    const figures = result.figures.filter(({ group, point }) => group === of.lines && point !== undefined);
    const [first] = figures;
    if (first === undefined) return undefined;
    const values = figures.flatMap(({ point, values }) =>
        point === undefined || typeof point.at === "string"
            ? []
            : [{ series: point.series, at: point.at, value: median(values) }],
    );
    const scale = { type: chart.scale ?? "linear" } as const;
    return {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        title: chart.title,
        width: 620,
        height: 300,
        config,
        data: { values },
        mark: { type: "line", strokeWidth: 2, point: { filled: true, size: 56 } },
        encoding: {
            x: {
                field: "at",
                type: "quantitative",
                title: of.x,
                scale,
                axis: { grid: false, values: [...new Set(values.map(({ at }) => at))] },
            },
            y: { field: "value", type: "quantitative", title: unitNames[first.unit], scale, axis: { tickCount: 6 } },
            color: { field: "series", type: "nominal", sort: null, scale: { range: colours } },
        },
    };
}

/** A value with its unit: three digits, which is more than runs agree on. */
export function show(value: number, unit: Figure["unit"]): string {
    if (["requests", "writes", "resources"].includes(unit)) return String(Math.round(value));
    const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return unit === "times" ? `${value.toFixed(2)} ×` : `${value.toFixed(digits)} ${unit}`;
}
