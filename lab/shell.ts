import { execa } from "execa";
import { join } from "node:path";
import { checkout, labDirectory } from "./paths.ts";

/** Runs a command as a person would who has sourced .lab/env.sh, and gives what it printed. */
export async function shell(command: string, onLine?: (line: string) => void, cwd = checkout): Promise<string> {
    const environment = join(labDirectory, "env.sh");
    const child = execa("bash", ["-c", `source "$0" && ${command}`, environment], {
        cwd,
        all: true,
        reject: false,
        stdin: "ignore",
    });
    if (onLine) {
        for await (const line of child.iterable({ from: "all" })) onLine(line);
    }
    const { failed, all, exitCode } = await child;
    if (failed) throw new Error(`${command}\nfailed with exit code ${exitCode ?? "none"}:\n\n${all}`);
    return all.trim();
}

/** Tries until the answer is as wanted; says what was still the case when it gives up. */
export async function until(what: string, seconds: number, ask: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (!(await ask())) {
        if (performance.now() > deadline) throw new Error(`Gave up after ${seconds} s: not yet ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
    }
}
