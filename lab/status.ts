import { existsSync } from "node:fs";
import { join } from "node:path";
import { colors } from "./colors.ts";
import { isReady } from "./cluster/api.ts";
import { Cluster } from "./cluster/clusters.ts";
import { containerRecords } from "./cluster/kubelet/leftovers.ts";
import { environments } from "./cluster/names.ts";
import { residentMemory } from "./identity.ts";
import { cacheDirectory, labDirectory } from "./paths.ts";
import { isAlive, Processes } from "./processes.ts";
import { readSettings } from "./settings.ts";

/** One process that should run. */
export interface Part {
    /** github, kubelet, or the cluster's name. */
    of: string;
    name: string;
    version?: string;
    pid?: number;
    state: "running" | "dead";
    memoryBytes: number;
}

/** A container of flux-system that the kubelet runs. */
export interface Controller {
    cluster: string;
    namespace: string;
    deployment: string;
    pod: string;
    container: string;
    image: string;
    state: string;
    ready: boolean;
    restartCount: number;
    pid?: number;
    ports: Record<string, number>;
    log: string;
    memoryBytes: number;
}

/** Where a tool is from: this machine, Pulumi's downloads, the lab's own builds, or this repository. */
const origins = ["installed", "downloaded", "built", "stand-in"] as const;

type Origin = (typeof origins)[number];

export interface Status {
    /** Everything that should run does. */
    healthy: boolean;
    up: boolean;
    clusters: { name: string; ready: boolean; server?: string; memoryBytes: number }[];
    parts: Part[];
    controllers: Controller[];
    github?: unknown;
    tools: { name: string; path: string; from: Origin }[];
    memoryBytes: number;
}

export async function readStatus(): Promise<Status> {
    const settings = readSettings();
    const processes = new Processes(labDirectory);
    const servers = ["github", "kubelet"].map((name): Part => part(name, name, processes.read(name) ?? {}));
    const controllers = containerRecords(labDirectory).map(controllerOf);
    const clusters = await Promise.all(environments.map((name) => clusterOf(new Cluster(labDirectory, name))));
    const parts = [...servers, ...clusters.flatMap(({ parts }) => parts)];
    const healthy =
        parts.every(({ state }) => state === "running") &&
        clusters.every(({ ready }) => ready) &&
        controllers.every(({ ready }) => ready);
    return {
        healthy: settings !== undefined && healthy,
        up: settings !== undefined,
        clusters: clusters.map(({ parts, ...cluster }) => ({
            ...cluster,
            memoryBytes: sum([...parts, ...controllers.filter((each) => each.cluster === cluster.name)]),
        })),
        parts,
        controllers,
        github: processes.read("github")?.ready,
        tools: Object.entries(settings?.tools ?? {}).map(([name, path]) => ({
            name,
            path,
            from: originOf(path),
        })),
        memoryBytes: sum([...parts, ...controllers]),
    };
}

async function clusterOf(cluster: Cluster): Promise<{ name: string; ready: boolean; server?: string; parts: Part[] }> {
    const { name } = cluster;
    if (!cluster.exists) return { name, ready: false, parts: [part(name, "kube-apiserver", {})] };
    const { access } = cluster;
    const parts = cluster.components().map((component) => part(name, component.name, component));
    return { name, ready: await isReady(access), server: access.server, parts };
}

function part(of: string, name: string, found: { pid?: number; identity?: string; version?: string }): Part {
    const { pid, identity = "", version } = found;
    const alive = pid !== undefined && isAlive({ pid, identity });
    return {
        of,
        name,
        ...(version === undefined ? {} : { version }),
        ...(alive ? { pid } : {}),
        state: alive ? "running" : "dead",
        memoryBytes: alive ? residentMemory(pid) : 0,
    };
}

function controllerOf(record: ReturnType<typeof containerRecords>[number]): Controller {
    const { identity = "", pid, ...rest } = record;
    if (pid === undefined) return { ...rest, memoryBytes: 0 };
    if (isAlive({ pid, identity })) return { ...rest, pid, memoryBytes: residentMemory(pid) };
    return { ...rest, state: "dead", ready: false, memoryBytes: 0 };
}

function sum(parts: { memoryBytes: number }[]): number {
    return parts.reduce((total, { memoryBytes }) => total + memoryBytes, 0);
}

export function originOf(path: string): Origin {
    if (path === "stand-in") return "stand-in";
    if (path.startsWith(join(cacheDirectory, "official"))) return "downloaded";
    return path.startsWith(cacheDirectory) ? "built" : "installed";
}

/** For a person: what runs, where, and what it costs. */
export function describe(status: Status): string {
    if (!status.up) return "No lab is up. npm run lab -- up starts one.";
    const row = (name: string, good: boolean, ...details: string[]) =>
        `${good ? colors.green("●") : colors.red("●")} ${name.padEnd(44)} ${details.join("  ")}`;
    const detail = ({ pid, memoryBytes }: { pid?: number; memoryBytes: number }) =>
        pid === undefined ? "" : `${`pid ${pid}`.padEnd(12)} ${megabytes(memoryBytes)}`;
    const servers = status.parts.filter(({ of, name }) => of === name);
    const lines = servers.map((each) => row(each.name, each.state === "running", each.state.padEnd(18), detail(each)));
    for (const { name, ready, server = "", memoryBytes } of status.clusters) {
        lines.push(
            row(`cluster ${name}`, ready, (ready ? "ready" : "not ready").padEnd(18), server, megabytes(memoryBytes)),
        );
        for (const each of status.parts.filter(({ of }) => of === name)) {
            const title = `  ${each.name} ${each.version ?? ""}`;
            lines.push(row(title, each.state === "running", each.state.padEnd(18), detail(each)));
        }
        for (const each of status.controllers.filter(({ cluster }) => cluster === name)) {
            const state = each.ready ? "ready" : each.state;
            lines.push(
                row(
                    `  ${each.deployment} ${each.image.split(":").at(-1) ?? ""}`,
                    each.ready,
                    state.padEnd(18),
                    detail(each),
                ),
            );
        }
    }
    const from = (origin: string) => status.tools.filter((tool) => tool.from === origin).map(({ name }) => name);
    return [
        ...lines,
        `memory     ${megabytes(status.memoryBytes)} in all`,
        ...origins.map((origin) => `${origin.padEnd(10)} ${from(origin).join(", ") || "none"}`),
        ...(status.healthy
            ? []
            : ["Something is dead or not ready. npm run lab -- up repairs what it can; logs are in .lab/log."]),
    ].join("\n");
}

function megabytes(bytes: number): string {
    return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** Whether there is anything of a lab at all. */
export function labExists(): boolean {
    return existsSync(join(labDirectory));
}
