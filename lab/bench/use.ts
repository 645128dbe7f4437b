import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** What a part of a command takes of the machine. */
export interface Use {
    /** MiB at the most. */
    readonly memory: number;
    /** Seconds of a core. */
    readonly processor: number;
}

export type Part = "engine" | "program" | "kubernetes" | "github" | "others";

const everyMs = 100;

/** Does the work, and looks meanwhile at what Linux counts of the processes that were started for it. */
export async function withUse<T>(work: () => Promise<T>): Promise<{ value: T; use: Readonly<Record<Part, Use>> }> {
    const processes = new Map<number, Use & { readonly part: Part }>();
    const before = new Set(descendants(process.pid));
    const look = () => {
        for (const pid of descendants(process.pid)) {
            const part = partOf(pid);
            if (part === undefined || before.has(pid)) continue;
            processes.set(pid, { part, memory: highWaterMark(pid), processor: processorOf(pid) });
        }
    };
    const timer = setInterval(look, everyMs);
    try {
        const value = await work();
        const of = (part: Part): Use => {
            const those = [...processes.values()].filter((process) => process.part === part);
            return {
                memory: Math.max(0, ...those.map(({ memory }) => memory)),
                processor: those.reduce((sum, { processor }) => sum + processor, 0),
            };
        };
        return {
            value,
            use: {
                engine: of("engine"),
                program: of("program"),
                kubernetes: of("kubernetes"),
                github: of("github"),
                others: of("others"),
            },
        };
    } finally {
        clearInterval(timer);
    }
}

/** Undefined for one that has ended. */
function partOf(pid: number): Part | undefined {
    const words = read(`/proc/${pid}/cmdline`).split("\0");
    if (words[0] === "") return undefined;
    if (basename(words[0] ?? "") === "pulumi") return "engine";
    if (words.some((word) => word.includes("@pulumi/pulumi/cmd/run"))) return "program";
    if (words.some((word) => word.includes("resource-kubernetes"))) return "kubernetes";
    return words.some((word) => word.includes("pulumi-resource-github")) ? "github" : "others";
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function highWaterMark(pid: number): number {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

const ticksPerSecond = 100;

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processorOf(pid: number): number {
    const stat = read(`/proc/${pid}/stat`);
    const [user = "0", system = "0"] = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .slice(11, 13);
    return (Number(user) + Number(system)) / ticksPerSecond;
}

function descendants(of: number): number[] {
    const children = new Map<number, number[]>();
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${entry}/status`))?.[1] ?? 0);
        children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    }
    const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
    return below(of);
}

function read(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}
