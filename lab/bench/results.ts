import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { checkout } from "../paths.ts";
import { readProject } from "../settings.ts";
import { originOf } from "../status.ts";
import { toolchain } from "../toolchain/index.ts";
import { requiredVersion } from "../toolchain/go.ts";
import { installedTool } from "../toolchain/installed.ts";
import type { Figure } from "./scenario.ts";

/** Where committed results and the report are. */
export const benchmarks = join(checkout, "docs", "benchmarks");

const units = ["s", "ms", "MiB", "KiB", "requests", "writes", "resources", "times"] as const;

const figureSchema = z.strictObject({
    id: z.string(),
    what: z.string(),
    unit: z.enum(units),
    values: z.array(z.number().nonnegative()).min(1),
    beside: z.array(z.string()).exactOptional(),
    group: z.string().exactOptional(),
    point: z.strictObject({ series: z.string(), at: z.union([z.number(), z.string()]) }).exactOptional(),
});

const resultSchema = z
    .strictObject({
        scenario: z.string(),
        date: z.iso.datetime(),
        /** The commit that was measured; `+` when the working tree differed from it. */
        commit: z.string().regex(/^[0-9a-f]{12}\+?$/),
        minutes: z.number().positive(),
        machine: z.strictObject({ cpu: z.string(), cores: z.int(), memoryGiB: z.number(), system: z.string() }),
        versions: z.record(z.string(), z.string()),
        figures: z.array(figureSchema).min(1),
    })
    .refine(({ figures }) => new Set(figures.map(({ id }) => id)).size === figures.length, "an id is used twice")
    .refine(
        ({ figures }) =>
            figures.every(({ unit, group, values }) => unit !== "s" || group !== undefined || Math.min(...values) > 0),
        "what takes no time was not done",
    )
    .refine(
        ({ figures }) => figures.flatMap(({ beside = [] }) => beside).every((id) => figures.some((f) => f.id === id)),
        "a figure is beside one that was not measured",
    );

export type Result = z.infer<typeof resultSchema>;

/** What one run of a scenario gave, with what it ran on. */
export async function resultOf(scenario: string, minutes: number, figures: readonly Figure[]): Promise<Result> {
    return resultSchema.parse({
        scenario,
        date: new Date().toISOString(),
        commit: await commit(),
        minutes: Number(minutes.toFixed(1)),
        machine: {
            cpu: cpus()[0]?.model.trim() ?? "unknown",
            cores: availableParallelism(),
            memoryGiB: Math.round(totalmem() / 2 ** 30),
            system: `${platform()} ${release()} ${arch()}`,
        },
        versions: await versions(),
        figures: figures.map((figure) => ({ ...figure, values: figure.values.map((value) => round(value)) })),
    });
}

/** As precise as it means something. */
function round(value: number): number {
    return Number(value.toFixed(3));
}

async function commit(): Promise<string> {
    const git = async (...args: string[]) => (await execa("git", args, { cwd: checkout })).stdout;
    const changed = await git("status", "--porcelain", "--", ".", ":!docs");
    return (await git("rev-parse", "HEAD")).slice(0, 12) + (changed === "" ? "" : "+");
}

/** By the names that people know them by. */
async function versions(): Promise<Record<string, string>> {
    const npm = (name: string) =>
        (JSON.parse(readFileSync(join(checkout, "node_modules", name, "package.json"), "utf8")) as { version: string })
            .version;
    const go = (module: string) => requiredVersion(module).replace(/^v/, "");
    const controllers = ["source", "kustomize", "helm", "notification"].map((name) => `${name}-controller`);
    const { "pulumi-resource-kubernetes": provider } = await toolchain(["pulumi-resource-kubernetes"]);
    return {
        Flux: readProject().fluxVersion.replace(/^v/, ""),
        ...Object.fromEntries(controllers.map((name) => [name, go(`github.com/fluxcd/${name}`)])),
        Kubernetes: go("k8s.io/kubernetes"),
        etcd: go("go.etcd.io/etcd/server/v3"),
        kwok: go("sigs.k8s.io/kwok"),
        "Pulumi CLI": await pulumiVersion(),
        ...Object.fromEntries(
            ["pulumi", "kubernetes", "github", "random"].map((name) => [`@pulumi/${name}`, npm(`@pulumi/${name}`)]),
        ),
        "kubernetes and random providers": originOf(provider),
        "Node.js": process.versions.node,
        git: (await execa("git", ["--version"])).stdout.replace("git version ", ""),
    };
}

async function pulumiVersion(): Promise<string> {
    const installed = await installedTool("pulumi");
    const version =
        installed === undefined
            ? requiredVersion("github.com/pulumi/pulumi/pkg/v3")
            : (await execa(installed, ["version"])).stdout;
    return version.replace(/^v/, "");
}

function fileOf(scenario: string, directory: string): string {
    return join(directory, `${scenario}.json`);
}

export function writeResult(result: Result, directory: string): string {
    mkdirSync(directory, { recursive: true });
    const file = fileOf(result.scenario, directory);
    writeFileSync(file, `${JSON.stringify(result, undefined, 4)}\n`);
    return file;
}

/** The last result of a scenario, or none. */
export function readResult(scenario: string, directory = benchmarks): Result | undefined {
    const file = fileOf(scenario, directory);
    return existsSync(file) ? resultSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}
