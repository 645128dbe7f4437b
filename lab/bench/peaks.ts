import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** MiB that each part of an update held at the most. */
export type Peaks = Readonly<Record<Part, number>>;

export type Part = "engine" | "program" | "kubernetes" | "github";

const everyMs = 100;

/** Does the work, and looks meanwhile at the high-water marks that Linux keeps of the processes that were started for it. */
export async function withPeaks<T>(work: () => Promise<T>): Promise<{ value: T; peaks: Peaks }> {
    const peaks: Record<Part, number> = { engine: 0, program: 0, kubernetes: 0, github: 0 };
    const look = () => {
        for (const pid of descendants(process.pid)) {
            const part = partOf(pid);
            if (part !== undefined) peaks[part] = Math.max(peaks[part], highWaterMark(pid));
        }
    };
    const timer = setInterval(look, everyMs);
    try {
        return { value: await work(), peaks };
    } finally {
        clearInterval(timer);
    }
}

function partOf(pid: number): Part | undefined {
    const words = read(`/proc/${pid}/cmdline`).split("\0");
    if (basename(words[0] ?? "") === "pulumi") return "engine";
    if (words.some((word) => word.includes("@pulumi/pulumi/cmd/run"))) return "program";
    if (words.some((word) => word.includes("resource-kubernetes"))) return "kubernetes";
    return words.some((word) => word.includes("pulumi-resource-github")) ? "github" : undefined;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function highWaterMark(pid: number): number {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
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
