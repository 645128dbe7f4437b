import { spawn } from "node:child_process";

import { githubToken } from "../../config/token";

export interface Run {
    readonly code: number;
    /** Both streams, as they came. */
    readonly output: string;
}

/** Runs pulumi to its end, whatever that is, and shows on stderr what it prints. */
export function runPulumi(...args: string[]): Promise<Run> {
    const token = githubToken();
    // Only who starts pulumi can hand the GitHub provider a token without the line break that comes with a pasted one.
    const env = { ...process.env, ...(token !== "" && { GITHUB_TOKEN: token }), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
            chunks.push(text);
            process.stderr.write(text);
        });
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ code: code ?? 1, output: chunks.join("") });
        });
    });
}
