import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { labEnvironment, variable } from "./lab";
import { type Result, run, succeed } from "./run";
import { scratch } from "./stack";

export type RepositoryName = "fluxcd-infrastructure" | "fluxcd-apps";

/** The name of the GitRepository that reads each, and of the Kustomization that applies from it. */
export function sourceOf(repository: RepositoryName): "infrastructure" | "apps" {
    return repository === "fluxcd-apps" ? "apps" : "infrastructure";
}

/** One that a spec makes. */
export type MadeName = "platform" | "podinfo" | "shop" | "shop-infrastructure";

/** A clone that is pushed from as anyone with the token does. */
export class Clone {
    public readonly directory: string;

    private constructor(directory: string) {
        this.directory = directory;
    }

    public static async of(repository: RepositoryName | MadeName, owner = "misua", parent?: string): Promise<Clone> {
        const directory = join(parent ?? mkdtempSync(join(scratch, "clone-")), repository);
        const url = `${variable("LAB_GITHUB_URL")}/${owner}/${repository}.git`;
        await succeed("git", ["clone", "--quiet", url, directory], { env: labEnvironment() });
        return new Clone(directory);
    }

    public write(path: string, text: string): void {
        const file = join(this.directory, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
    }

    public edit(path: string, change: (text: string) => string): void {
        const before = readFileSync(join(this.directory, path), "utf8");
        const after = change(before);
        if (after === before) {
            throw new Error(`The edit of ${path} changes nothing.`);
        }
        this.write(path, after);
    }

    public remove(path: string): void {
        rmSync(join(this.directory, path));
    }

    /** Commits everything, pushes it to main, and returns the commit. */
    public async push(message: string): Promise<string> {
        await this.git("add", "--all");
        await this.git("commit", "--quiet", "-m", message);
        await this.git("push", "--quiet", "origin", "HEAD:main");
        return this.head();
    }

    /** An annotated release tag on the current commit. */
    public async tag(...names: string[]): Promise<void> {
        for (const name of names) {
            await this.git("tag", "-a", name, "-m", name);
            await this.git("push", "--quiet", "origin", name);
        }
    }

    public async head(): Promise<string> {
        return (await this.git("rev-parse", "HEAD")).stdout.trim();
    }

    public git(...args: string[]): Promise<Result> {
        return succeed("git", args, { cwd: this.directory, env: gitEnvironment() });
    }

    /** For what must be refused. */
    public tryGit(...args: string[]): Promise<Result> {
        return run("git", args, { cwd: this.directory, env: gitEnvironment() });
    }
}

export function gitEnvironment(): NodeJS.ProcessEnv {
    const [name, email] = ["A developer", "developer@example.com"];
    return {
        ...labEnvironment(),
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_TERMINAL_PROMPT: "0",
    };
}

/** The commit a branch or tag of the stand-in's repository leads to, as `git ls-remote` tells. */
export async function remoteCommit(
    repository: RepositoryName | MadeName,
    ref: string,
    owner = "misua",
): Promise<string> {
    const url = `${variable("LAB_GITHUB_URL")}/${owner}/${repository}.git`;
    const { stdout } = await succeed("git", ["ls-remote", url, ref, `${ref}^{}`], { env: labEnvironment() });
    // An annotated tag has a second line, with the commit behind it.
    return stdout.trim().split("\n").at(-1)?.split("\t")[0] ?? "";
}
