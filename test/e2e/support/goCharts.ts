import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { parse, stringify } from "yaml";

import { succeed } from "./run";
import { scratch } from "./stack";

/** A chart in the Go module of its project. */
export interface GoChart {
    readonly module: string;
    /** The module's version, which the project gives the chart when it releases it. */
    readonly version: string;
    readonly folder: string;
    /** What the project's release replaces in the values. */
    readonly values: Readonly<Record<string, string>>;
}

export interface Archive {
    readonly metadata: object;
    readonly content: Buffer;
}

/** The chart as its project releases it: with the version, and with the values that are kept as a template. */
export async function packageChart({ module, version, folder, values }: GoChart): Promise<Archive> {
    const { stdout } = await succeed("go", ["mod", "download", "-json", `${module}@${version}`]);
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    const work = mkdtempSync(join(scratch, "chart-"));
    const chart = join(work, basename(folder));
    cpSync(join(Dir, folder), chart, { recursive: true });
    // The module cache is read-only, and so is what is copied out of it.
    for (const path of ["", ...globSync("**/*", { cwd: chart })]) {
        chmodSync(join(chart, path), 0o755);
    }
    const file = join(chart, "Chart.yaml");
    const metadata = { ...(parse(readFileSync(file, "utf8")) as object), version, appVersion: version };
    writeFileSync(file, stringify(metadata));
    for (const template of globSync("values.tmpl.yaml", { cwd: chart })) {
        const text = readFileSync(join(chart, template), "utf8");
        const filled = Object.entries(values).reduce((it, [name, value]) => it.replaceAll(`\${${name}}`, value), text);
        writeFileSync(join(chart, "values.yaml"), filled);
    }
    await succeed("tar", ["-czf", "chart.tgz", basename(folder)], { cwd: work });
    return { metadata, content: readFileSync(join(work, "chart.tgz")) };
}
