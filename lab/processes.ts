import { spawn } from "node:child_process";
import {
    existsSync,
    mkdirSync,
    openSync,
    closeSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { identityOf, marker } from "./identity.ts";

/** One detached process of the lab, as its file in .lab/run remembers it. */
export interface ProcessRecord {
    name: string;
    pid: number;
    /** See identityOf: a reused pid has another one. */
    identity: string;
    log: string;
    /** What it was started with; another command means it must be started anew. */
    command: string[];
    /** What the process said when it was ready. */
    ready?: unknown;
}

export interface ProcessOptions {
    name: string;
    command: [string, ...string[]];
    env?: NodeJS.ProcessEnv;
    log: string;
    /** Answers once the process is of use, and undefined until then. */
    ready: (record: ProcessRecord) => unknown;
    timeoutSeconds: number;
}

export class Processes {
    readonly lab: string;

    constructor(lab: string) {
        this.lab = lab;
    }

    private file(name: string): string {
        return join(this.lab, "run", `${name}.json`);
    }

    read(name: string): ProcessRecord | undefined {
        return readJson(this.file(name)) as ProcessRecord | undefined;
    }

    list(): ProcessRecord[] {
        const directory = join(this.lab, "run");
        if (!existsSync(directory)) return [];
        return readdirSync(directory)
            .filter((file) => file.endsWith(".json"))
            .map((file) => readJson(join(directory, file)) as ProcessRecord | undefined)
            .filter((record) => record !== undefined);
    }

    /** Starts it, or leaves it alone when the very same command already runs. */
    async ensure(options: ProcessOptions): Promise<{ record: ProcessRecord; started: boolean }> {
        const known = this.read(options.name);
        if (known && isAlive(known)) {
            if (known.ready !== undefined && JSON.stringify(known.command) === JSON.stringify(options.command)) {
                return { record: known, started: false };
            }
            await stop(known);
        }
        const record = this.spawn(options);
        record.ready = await whenReady(record, options);
        writeJson(this.file(record.name), record);
        return { record, started: true };
    }

    private spawn({ name, command, env, log }: ProcessOptions): ProcessRecord {
        mkdirSync(dirname(log), { recursive: true });
        const output = openSync(log, "w");
        const [executable, ...args] = command;
        const child = spawn(executable, args, {
            cwd: this.lab,
            detached: true,
            stdio: ["ignore", output, output],
            env: { ...(env ?? process.env), [marker]: this.lab },
        });
        closeSync(output);
        child.on("error", () => undefined);
        child.unref();
        if (child.pid === undefined) throw new Error(`${name} could not be started: ${executable} cannot be executed.`);
        const record = { name, pid: child.pid, identity: identityOf(child.pid) ?? "", log, command };
        writeJson(this.file(name), record);
        return record;
    }

    async stop(name: string): Promise<void> {
        const record = this.read(name);
        if (record) await stop(record);
        rmSync(this.file(name), { force: true });
    }
}

export function isAlive({ pid, identity }: { pid: number; identity: string }): boolean {
    return identity !== "" && identityOf(pid) === identity;
}

/** Asks politely, insists after the grace period, and returns when the process is gone. */
export async function stop(target: { pid: number; identity: string }, graceSeconds = 10): Promise<void> {
    for (const [signal, seconds] of [
        ["SIGTERM", graceSeconds],
        ["SIGKILL", 10],
    ] as const) {
        if (!isAlive(target)) return;
        signalIfAlive(target.pid, signal);
        if (await until(() => !isAlive(target), seconds)) return;
    }
    throw new Error(`Process ${target.pid} does not end, not even on SIGKILL.`);
}

/** A process may end between the look and the signal. */
function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(pid, signal);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}

/** True as soon as the condition holds, false when it still does not after that many seconds. */
export async function until(condition: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000;
    while (!(await condition())) {
        if (performance.now() > deadline) return false;
        await pause(25);
    }
    return true;
}

/** The first line of a log that is a JSON object: how the lab's own servers say that they are ready. */
export function firstJsonLine(log: string): unknown {
    for (const line of readFileSync(log, "utf8").split("\n").slice(0, -1)) {
        if (!line.startsWith("{")) continue;
        try {
            return JSON.parse(line);
        } catch {
            continue;
        }
    }
    return undefined;
}

async function whenReady(record: ProcessRecord, { ready, timeoutSeconds }: ProcessOptions): Promise<unknown> {
    let answer: unknown;
    const settled = await until(async () => {
        answer = await ready(record);
        return answer !== undefined || !isAlive(record);
    }, timeoutSeconds);
    if (answer !== undefined) return answer;
    const what = settled ? "ended before it was ready" : `was not ready after ${timeoutSeconds} s`;
    await stop(record);
    throw new Error(`${record.name} ${what}. The end of ${record.log}:\n${tail(record.log)}`);
}

export function tail(file: string, lines = 15): string {
    if (!existsSync(file)) return "(no log)";
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

export function readJson(file: string): unknown {
    try {
        return JSON.parse(readFileSync(file, "utf8"));
    } catch {
        return undefined;
    }
}

/** Whole or not at all: a killed writer never leaves half a file. Tokens are among what is written. */
export function writeJson(file: string, value: unknown): void {
    mkdirSync(dirname(file), { recursive: true });
    const partial = `${file}.${process.pid}.partial`;
    writeFileSync(partial, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(partial, file);
}
