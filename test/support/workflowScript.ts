import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import assert from "node:assert/strict";

import { scratchFolder } from "./scratch";
import { workflow } from "./workflow";

export interface Result {
    readonly code: number;
    readonly output: string;
}

export function scriptOf(file: string, job: string, step: string): string {
    const script = workflow(`.github/workflows/${file}`).jobs[job]?.steps.find(({ name }) => name === step)?.run;
    assert.ok(script, `${file} has no step ${step}`);
    return script;
}

/** A script as the runner of GitHub Actions runs it. */
export function runScript(script: string, cwd: string, variables: NodeJS.ProcessEnv): Promise<Result> {
    const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", ...variables };
    return new Promise((resolve) => {
        execFile(
            "bash",
            ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            { cwd, env },
            (error, out, errors) => {
                resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, output: out + errors });
            },
        );
    });
}

type Change = Readonly<Record<string, string | undefined>>;

export const base: Change = {
    "Pulumi.yaml": "name: fluxcd\n",
    "Pulumi.dev.yaml": "config: {}\n",
    "Pulumi.production.yaml": "config: {}\n",
    "index.ts": "// the program\n",
    "CHANGELOG.md": "# Change log\n",
    "test/golden/staging.json": "[]\n",
    "scaffold/apps.yaml": "config: { a: 1 }\nthat: is renamed\n",
};

/** A checkout of what GitHub would merge for a pull request, whose base has got another commit since. */
export function pullRequest(change: Change): string {
    const folder = scratchFolder();
    const person = ["-c", "user.name=A developer", "-c", "user.email=developer@example.com"];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" };
    const git = (...args: string[]) => execFileSync("git", [...person, ...args], { cwd: folder, env, stdio: "pipe" });
    const commit = (files: Change) => {
        for (const [name, text] of Object.entries(files)) {
            mkdirSync(dirname(join(folder, name)), { recursive: true });
            if (text === undefined) {
                rmSync(join(folder, name));
            } else {
                writeFileSync(join(folder, name), text);
            }
        }
        git("add", "--all");
        git("commit", "--quiet", "--allow-empty", "-m", "Change");
    };
    git("init", "--quiet", "--initial-branch", "main");
    commit(base);
    git("checkout", "--quiet", "-b", "topic");
    // Two commits, because a pull request is all of its commits.
    for (const file of Object.entries(change)) {
        commit(Object.fromEntries([file]));
    }
    git("checkout", "--quiet", "main");
    commit({ "somebody/elses.ts": "// change\n" });
    git("merge", "--quiet", "--no-ff", "-m", "Merge", "topic");
    return folder;
}
