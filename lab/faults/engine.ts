import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { commandOf } from "../identity.ts";
import { checkout, labDirectory } from "../paths.ts";
import type { Stack, World } from "./world.ts";

/** Settings of a stack that differ from its committed stack file; the fields of objects in them are merged. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Result {
    readonly code: number | null;
    readonly output: string;
    readonly seconds: number;
}

/** Pulumi at work. */
export interface Running {
    /** The file that the engine writes its events to. */
    readonly events: string;
    readonly ended: () => boolean;
    readonly result: Promise<Result>;
    readonly signal: (signal: NodeJS.Signals) => void;
    /** Ends it with all that it has started, as the end of its machine would. */
    readonly kill: () => void;
    /** Ends those of its processes whose command has these words; false where there is none. */
    readonly killPart: (words: string) => boolean;
}

const work = join(labDirectory, "faults");
const limitSeconds = 300;

/** What every run shares: no pause between writes to GitHub, and no long wait for what will not come. */
const quick = {
    "github:writeDelayMs": 0,
    "fluxcd:sources": { infrastructure: { timeout: "45s" }, apps: { timeout: "45s" } },
    "fluxcd:kustomizations": {
        infrastructure: { timeout: "90s", retryInterval: "5s" },
        "infrastructure-configs": { timeout: "90s", retryInterval: "5s" },
        apps: { timeout: "90s", retryInterval: "5s" },
    },
};

/** Starts a command of Pulumi's on a stack with these settings beside the committed ones. */
export function pulumi(
    world: World,
    [command, ...args]: readonly string[],
    { stack, settings = {}, env = {} }: { stack: Stack; settings?: Settings; env?: Record<string, string> },
): Running {
    mkdirSync(work, { recursive: true });
    const directory = mkdtempSync(join(work, "run-"));
    const events = join(directory, "events.json");
    const withProgram = ["up", "preview", "destroy", "refresh"].includes(command ?? "");
    const more = withProgram ? ["--config-file", stackFile(directory, stack, settings), "--event-log", events] : [];
    const child = spawn("pulumi", [command ?? "", ...args, "-s", stack, "--non-interactive", ...more], {
        cwd: checkout,
        env: { ...world.environment, ...env, PULUMI_DEBUG_COMMANDS: "true" },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    const start = performance.now();
    let output = "";
    let ended = false;
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const tree = () => (child.pid === undefined ? [] : [child.pid, ...descendants(child.pid)]);
    const kill = () => {
        for (const pid of tree()) end(pid, "SIGKILL");
    };
    const timer = setTimeout(() => {
        output += `\nerror: pulumi ${command ?? ""} did not end within ${limitSeconds} s.\n`;
        kill();
    }, limitSeconds * 1000);
    const result = new Promise<Result>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            clearTimeout(timer);
            ended = true;
            resolve({ code, output, seconds: (performance.now() - start) / 1000 });
        });
    });
    return {
        events,
        ended: () => ended,
        result,
        signal: (signal) => {
            if (child.pid !== undefined) end(child.pid, signal);
        },
        kill,
        killPart: (words) => {
            const found = tree().filter((pid) => commandOf(pid)?.includes(words));
            for (const pid of found) end(pid, "SIGKILL");
            return found.length > 0;
        },
    };
}

/** What earlier runs have left to read. */
export function forgetRuns(): void {
    rmSync(work, { recursive: true, force: true });
}

function stackFile(directory: string, stack: Stack, settings: Settings): string {
    const name = `Pulumi.${stack}.yaml`;
    const { config } = parse(readFileSync(join(checkout, name), "utf8")) as { config: Settings };
    const file = join(directory, name);
    writeFileSync(file, stringify({ config: [quick, settings].reduce(merged, config) }));
    return file;
}

export function merged(settings: Settings, changes: Settings): Settings {
    const changed = Object.entries(changes).map(([key, value]) => {
        const before = settings[key];
        return [key, isMap(before) && isMap(value) ? merged(before, value) : value];
    });
    return { ...settings, ...(Object.fromEntries(changed) as Settings) };
}

function isMap(value: unknown): value is Settings {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function descendants(pid: number): number[] {
    const parents = new Map<number, number[]>();
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        const stat = readOrNothing(`/proc/${entry}/stat`);
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
    }
    const of = (parent: number): number[] => (parents.get(parent) ?? []).flatMap((child) => [child, ...of(child)]);
    return of(pid);
}

function readOrNothing(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

/** A process may end between the look and the signal. */
function end(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(pid, signal);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
