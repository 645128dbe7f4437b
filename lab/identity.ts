import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** The variable that every process of a lab carries, so that `down` finds what a killed `up` left behind. */
export const marker = "FLUXCD_LAB";

const onLinux = process.platform === "linux";

/**
 * What tells a process from a later one with the same pid: when it started, and in which boot.
 * Undefined when there is no such process, or only the zombie of one.
 */
export function identityOf(pid: number): string | undefined {
    if (!onLinux) {
        try {
            const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
            return started === "" ? undefined : started;
        } catch {
            return undefined;
        }
    }
    const stat = read(`/proc/${String(pid)}/stat`);
    if (stat === undefined) return undefined;
    const { state, startTicks } = parseStat(stat);
    if (state === "Z" || state === "X") return undefined;
    return `${bootId()}/${startTicks}`;
}

/** The command's name stands in parentheses and may hold spaces and parentheses itself, so count from its end. */
export function parseStat(stat: string): { state: string; startTicks: string } {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
}

/** The command line of a living process. */
export function commandOf(pid: number): string | undefined {
    if (identityOf(pid) === undefined) return undefined;
    if (onLinux)
        return read(`/proc/${String(pid)}/cmdline`)
            ?.replaceAll("\0", " ")
            .trim();
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
}

/** Every living process that carries the marker of this lab; empty where the system does not tell. */
export function markedProcesses(lab: string): { pid: number; command: string }[] {
    if (!onLinux) return [];
    const wanted = `${marker}=${lab}`;
    return readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
        .filter((entry) => read(`/proc/${entry}/environ`)?.split("\0").includes(wanted))
        .map((entry) => ({ pid: Number(entry), command: commandOf(Number(entry)) }))
        .filter((process): process is { pid: number; command: string } => process.command !== undefined);
}

/** Resident memory in bytes. */
export function residentMemory(pid: number): number {
    if (onLinux) {
        const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${String(pid)}/status`) ?? "")?.[1];
        return Number(kilobytes ?? 0) * 1024;
    }
    try {
        return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
    } catch {
        return 0;
    }
}

function bootId(): string {
    return read("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function read(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}
