import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { parse, stringify } from "yaml";

import { checkout, succeed } from "./run";
import { scratch } from "./stack";

/** A chart in the Go module of its project. */
export interface GoChart {
    /** The module, with a version or in that of lab/tools/charts/go.mod. */
    readonly module: string;
    readonly folder: string;
    /** What the project's release writes into the chart; undefined if the chart in the module is complete. */
    readonly release?: {
        readonly version: string;
        /** What it replaces in the values. */
        readonly values: Readonly<Record<string, string>>;
    };
}

export interface Archive {
    readonly metadata: { readonly version: string };
    readonly content: Buffer;
}

/** The chart as its project releases it. */
export async function packageChart({ module, folder, release }: GoChart): Promise<Archive> {
    const cwd = join(checkout, "lab", "tools", "charts");
    const { stdout } = await succeed("go", ["mod", "download", "-json", module], { cwd });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    const work = mkdtempSync(join(scratch, "chart-"));
    const chart = join(work, basename(folder));
    cpSync(join(Dir, folder), chart, { recursive: true });
    // The module cache is read-only, and so is what is copied out of it.
    for (const path of ["", ...globSync("**/*", { cwd: chart })]) {
        chmodSync(join(chart, path), 0o755);
    }
    const file = join(chart, "Chart.yaml");
    const found = parse(readFileSync(file, "utf8")) as Archive["metadata"];
    const metadata = release ? { ...found, version: release.version, appVersion: release.version } : found;
    writeFileSync(file, stringify(metadata));
    for (const template of globSync("values.tmpl.yaml", { cwd: chart })) {
        const text = readFileSync(join(chart, template), "utf8");
        const values = Object.entries(release?.values ?? {});
        const filled = values.reduce((it, [name, value]) => it.replaceAll(`\${${name}}`, value), text);
        writeFileSync(join(chart, "values.yaml"), filled);
    }
    await succeed("tar", ["-czf", "chart.tgz", basename(folder)], { cwd: work });
    return { metadata, content: readFileSync(join(work, "chart.tgz")) };
}
