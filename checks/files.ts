import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { fileIn } from "../clients/contents";
import type { GitHub } from "../clients/github";
import { orUndefined } from "../clients/octokit";

/** The files of a repository at one commit. Paths are relative to its root. */
export interface Files {
    /** All files, also those in folders. */
    readonly paths: readonly string[];
    readonly text: (path: string) => Promise<string | undefined>;
}

/** The files of a repository on GitHub; undefined if the token cannot read them, or if there are too many to list. */
export async function filesOnGitHub(github: GitHub, repository: string, commit: string): Promise<Files | undefined> {
    const at = github.of(repository);
    const asked = github.octokit.rest.git.getTree({ ...at, tree_sha: commit, recursive: "1" });
    const found = await orUndefined(asked, [404, 409]);
    if (found?.truncated !== false) {
        return undefined;
    }
    return {
        // The mode of a symbolic link, which Flux leaves out of its artifacts.
        paths: found.tree.flatMap(({ type, mode, path }) => (type === "blob" && mode !== "120000" ? [path] : [])),
        text: (path) => fileIn(github.octokit, at, { path, ref: commit }),
    };
}

/** The files of a folder on this machine. */
export function filesHere(folder: string): Files {
    const all = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];
    return {
        paths: all.filter((path) => statSync(join(folder, path)).isFile()).map((path) => path.replaceAll("\\", "/")),
        text: (path) => Promise.resolve(readFileSync(join(folder, path), "utf8")),
    };
}
