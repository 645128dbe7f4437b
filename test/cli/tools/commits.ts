import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { scratchFolder } from "../../support/scratch";
import type { Tree } from "./trees";

type Content = Pick<Tree, "files" | "links">;

/** A repository with one commit. */
export interface Committed {
    readonly cloneUrl: string;
    readonly commit: string;
}

/** Commits a tree, whatever the settings of the person who runs the tests. */
export function committed(tree: Content): Committed {
    const { cloneUrl, commits } = history(tree);
    return { cloneUrl, commit: commits[0] ?? "" };
}

/** Commits trees, one after the other. */
export function history(...trees: readonly Content[]): {
    readonly cloneUrl: string;
    readonly commits: readonly string[];
} {
    const folder = scratchFolder();
    const who = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" };
    const env = {
        ...{ PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", ...who },
        ...{ GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.com" },
    };
    const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env, encoding: "utf8" }).trim();
    git("init", "--quiet");
    // Without attributes, the files are committed as they are written here.
    writeFileSync(join(folder, ".git/info/attributes"), "* -text -filter -ident\n");
    const commits = trees.map((tree) => {
        git("rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".");
        write(folder, tree);
        git("add", "--all");
        for (const path of Object.keys(tree.files).filter((it) => it.endsWith("/"))) {
            git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},${path.slice(0, -1)}`);
        }
        git("commit", "--quiet", "--allow-empty", "--message", "All");
        return git("rev-parse", "HEAD");
    });
    return { cloneUrl: folder, commits };
}

function write(folder: string, { files, links = {} }: Content): void {
    const made = (path: string) => {
        const file = join(folder, path);
        mkdirSync(path.endsWith("/") ? file : dirname(file), { recursive: true });
        return file;
    };
    for (const [path, text] of Object.entries(files)) {
        const file = made(path);
        if (!path.endsWith("/")) {
            writeFileSync(file, text);
        }
    }
    for (const [path, target] of Object.entries(links)) {
        symlinkSync(target, made(path));
    }
}
