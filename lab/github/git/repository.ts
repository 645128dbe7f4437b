import { execa } from "execa";

/** Git as it is, whatever this machine's or its user's configuration says. */
export const gitEnvironment = {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
};

export interface Signature {
    name: string;
    email: string;
    date: string;
}

/** A bare repository on disk, asked and changed through git itself. */
export class GitRepository {
    readonly directory: string;

    constructor(directory: string) {
        this.directory = directory;
    }

    static async create(directory: string, defaultBranch: string): Promise<GitRepository> {
        const repository = new GitRepository(directory);
        await execa("git", ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, directory], {
            env: gitEnvironment,
        });
        // GitHub lets a client ask for any commit and for part of one, and does not tidy up behind a push.
        const settings = ["uploadpack.allowAnySHA1InWant=true", "uploadpack.allowFilter=true", "gc.auto=0"];
        for (const setting of settings) {
            const [name = "", value = ""] = setting.split("=");
            await repository.run(["config", name, value]);
        }
        return repository;
    }

    /** Standard output, without the final line break. */
    async run(
        args: string[],
        options: { input?: string | Buffer; env?: Record<string, string> } = {},
    ): Promise<string> {
        const { stdout } = await execa("git", args, {
            cwd: this.directory,
            env: { ...gitEnvironment, GIT_DIR: this.directory, ...options.env },
            ...(options.input === undefined ? {} : { input: options.input }),
        });
        return stdout;
    }

    async bytes(args: string[]): Promise<Buffer> {
        const { stdout } = await execa("git", args, {
            cwd: this.directory,
            env: { ...gitEnvironment, GIT_DIR: this.directory },
            encoding: "buffer",
            stripFinalNewline: false,
        });
        return Buffer.from(stdout);
    }

    async succeeds(args: string[]): Promise<boolean> {
        const { exitCode } = await execa("git", args, {
            cwd: this.directory,
            env: { ...gitEnvironment, GIT_DIR: this.directory },
            reject: false,
        });
        return exitCode === 0;
    }

    /** The object a revision names; undefined if there is none. */
    async resolve(revision: string): Promise<string | undefined> {
        const { stdout, exitCode } = await execa(
            "git",
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision],
            { cwd: this.directory, env: { ...gitEnvironment, GIT_DIR: this.directory }, reject: false },
        );
        return exitCode === 0 ? stdout : undefined;
    }

    async isEmpty(): Promise<boolean> {
        return (await this.run(["for-each-ref", "--count=1"])) === "";
    }

    async typeOf(sha: string): Promise<string | undefined> {
        const resolved = /^[0-9a-f]{40}$/.test(sha) ? await this.resolve(`${sha}^{object}`) : undefined;
        return resolved === undefined ? undefined : this.run(["cat-file", "-t", resolved]);
    }

    async isAncestor(older: string, newer: string): Promise<boolean> {
        return this.succeeds(["merge-base", "--is-ancestor", older, newer]);
    }

    /** The commit GitHub means by `heads/NAME`, `tags/NAME`, a branch, a tag or a hash; tags are followed to the commit. */
    async commitOf(reference: string): Promise<string | undefined> {
        const name = reference.replace(/^refs\//, "");
        const candidates = /^(heads|tags)\//.test(name)
            ? [`refs/${name}`]
            : [
                  `refs/heads/${reference}`,
                  `refs/tags/${reference}`,
                  ...(/^[0-9a-f]{4,40}$/.test(reference) ? [reference] : []),
              ];
        for (const candidate of candidates) {
            const sha = await this.resolve(`${candidate}^{commit}`);
            if (sha !== undefined) {
                return sha;
            }
        }
        return undefined;
    }

    async createCommit(commit: {
        tree: string;
        parents: string[];
        message: string;
        author: Signature;
        committer: Signature;
    }): Promise<string> {
        const parents = commit.parents.flatMap((parent) => ["-p", parent]);
        return this.run(["commit-tree", commit.tree, ...parents, "-F", "-"], {
            input: commit.message,
            env: {
                GIT_AUTHOR_NAME: commit.author.name,
                GIT_AUTHOR_EMAIL: commit.author.email,
                GIT_AUTHOR_DATE: commit.author.date,
                GIT_COMMITTER_NAME: commit.committer.name,
                GIT_COMMITTER_EMAIL: commit.committer.email,
                GIT_COMMITTER_DATE: commit.committer.date,
            },
        });
    }

    async writeBlob(content: Buffer): Promise<string> {
        return this.run(["hash-object", "-w", "--stdin"], { input: content });
    }
}
