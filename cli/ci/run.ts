import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { githubToken } from "../../config/token";

export interface Run {
    readonly code: number;
    /** The combined output of stdout and stderr. */
    readonly output: string;
}

/** Runs pulumi and returns its exit code and output, even if it fails. Also copies the lines to stderr, after `prefix`. */
export function runPulumi(args: readonly string[], prefix = ""): Promise<Run> {
    const token = githubToken();
    // The GitHub provider reads the token from pulumi's environment, so this removes the line break of a pasted token.
    const env = { ...process.env, ...(token !== "" && { GITHUB_TOKEN: token }), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
        createInterface({ input: stream }).on("line", (line) => process.stderr.write(`${prefix}${line}\n`));
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ code: code ?? 1, output: chunks.join("") });
        });
    });
}
