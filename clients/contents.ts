import type { Octokit } from "@octokit/rest";

import type { RepositoryName } from "./github";
import { orUndefined } from "./octokit";

/** A path in a repository at a ref. The path has no `./` and no slash at its end; empty for the root. */
export interface Place {
    readonly path: string;
    readonly ref: string;
}

const absent = [404, 409];

/**
 * The names of what a folder has; undefined if it does not exist, or is no folder. GitHub lists at most a thousand.
 * https://docs.github.com/en/rest/repos/contents
 */
export async function namesIn(octokit: Octokit, at: RepositoryName, place: Place): Promise<string[] | undefined> {
    const found: unknown = await orUndefined(octokit.rest.repos.getContent({ ...at, ...place }), absent);
    return Array.isArray(found) ? (found as { name: string }[]).map(({ name }) => name) : undefined;
}

/** The names of the folders in the root of a commit; undefined if the token cannot read it. */
export async function foldersOf(octokit: Octokit, at: RepositoryName, commit: string): Promise<string[] | undefined> {
    const found = await orUndefined(octokit.rest.git.getTree({ ...at, tree_sha: commit }), absent);
    return found?.tree.flatMap(({ type, path }) => (type === "tree" ? [path] : []));
}

/** The text of a file; undefined if it does not exist, or is too large: GitHub leaves out the content above 1 MB. */
export async function fileIn(octokit: Octokit, at: RepositoryName, place: Place): Promise<string | undefined> {
    const found = await orUndefined(octokit.rest.repos.getContent({ ...at, ...place }), absent);
    return found && !Array.isArray(found) && "content" in found && found.encoding === "base64"
        ? Buffer.from(found.content, "base64").toString("utf8")
        : undefined;
}
