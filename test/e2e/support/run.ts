import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { resolve } from "node:path";

export const checkout = resolve(__dirname, "../../..");

/** What the commands printed, for the test that looks for secrets in it. */
export const transcript: string[] = [];

export interface Result {
    readonly code: number | null;
    readonly stdout: string;
    /** Both streams, as they came. */
    readonly output: string;
    readonly seconds: number;
}

export interface Options {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly timeoutSeconds?: number;
    /** Show what it prints while it runs: for what takes minutes. */
    readonly show?: boolean;
    /** Its output is meant to hold secrets, so it is not what is searched for them. */
    readonly secret?: boolean;
    /** Ends it, with all it started, the moment this settles. */
    readonly killAfter?: Promise<unknown>;
}

/** Runs a command to its end, whatever that is. One that takes too long is ended with all it started. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Result> {
    const {
        cwd = checkout,
        env = process.env,
        timeoutSeconds = 300,
        show = false,
        secret = false,
        killAfter,
    } = options;
    const start = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let stdout = "";
    let output = "";
    const take = (text: string) => {
        output += text;
        if (show) {
            process.stderr.write(text);
        }
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        take(text);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    const kill = () => {
        if (child.pid !== undefined && child.exitCode === null) {
            process.kill(-child.pid, "SIGKILL");
        }
    };
    const timer = setTimeout(() => {
        output += `\n${command} did not end within ${timeoutSeconds} s.\n`;
        kill();
    }, timeoutSeconds * 1000);
    void killAfter?.then(kill, kill);
    return new Promise((settle, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            clearTimeout(timer);
            if (!secret) {
                transcript.push(output);
            }
            settle({ code, stdout, output, seconds: (performance.now() - start) / 1000 });
        });
    });
}

/** The same, for a command that must succeed. */
export async function succeed(command: string, args: readonly string[], options?: Options): Promise<Result> {
    const result = await run(command, args, options);
    assert.equal(result.code, 0, `${command} ${args.join(" ")} failed:\n${tail(result.output)}`);
    return result;
}

/** What git sees changed in the checkout. */
export async function changedFiles(): Promise<string> {
    return (await succeed("git", ["status", "--porcelain"])).stdout;
}

export function tail(text: string): string {
    return text.length > 8000 ? `...${text.slice(-8000)}` : text;
}

/** Asks again until the probe does not throw; when time is up, its last error is the reason. */
export async function waitFor<T>(what: string, seconds: number, probe: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
        try {
            return await probe();
        } catch (error) {
            if (performance.now() > deadline) {
                throw new Error(`${what}: not within ${seconds} s`, { cause: error });
            }
            await new Promise((later) => setTimeout(later, 500));
        }
    }
}
