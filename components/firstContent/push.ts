import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { getEnv } from "@pulumi/github/utilities";
import git from "isomorphic-git";

import { gitHttp as http } from "../../clients/gitHttp";

import { pushError } from "../../explain/pushErrors";

import { firstCommit } from "./commit";

/** The inputs of FirstContent. */
export interface Content {
    readonly url: string;
    readonly directory: string;
    readonly branch: string;
}

export type State = Content & { readonly commit: string };

/**
 * Creates the branch with its first commit, or returns the existing one. Fails if the repository has only other
 * branches.
 */
export async function create(content: Content): Promise<{ id: string; outs: State }> {
    const commit = (await commitOf(content)) ?? (await pushFirstCommit(content));
    return { id: `${content.url}#${content.branch}`, outs: { ...content, commit } };
}

async function commitOf({ url, branch }: Content): Promise<string | undefined> {
    const heads = await git.listServerRefs({ http, url, onAuth, prefix: "refs/heads/" });
    const found = heads.find(({ ref }) => ref === `refs/heads/${branch}`);
    if (!found && heads.length > 0) {
        const others = heads.map(({ ref }) => ref.replace("refs/heads/", "")).join(", ");
        throw new Error(
            `${url} has content on ${others} and none on ${branch}. Rename its default branch to ${branch}.`,
        );
    }
    return found?.oid;
}

async function pushFirstCommit({ url, directory, branch }: Content): Promise<string> {
    const dir = await fs.promises.mkdtemp(join(tmpdir(), "fluxcd-first-content-"));
    try {
        const commit = await firstCommit({ directory, dir, branch });
        const printed: string[] = [];
        const onMessage = (line: string) => void printed.push(line);
        const push = { fs, http, dir, url, ref: branch, remoteRef: `refs/heads/${branch}`, onAuth, onMessage };
        await git.push(push).catch((error: unknown) => {
            throw pushError(url, error, printed);
        });
        return commit;
    } finally {
        await fs.promises.rm(dir, { recursive: true, force: true });
    }
}

const onAuth = () => ({ username: "x-access-token", password: (getEnv("GITHUB_TOKEN") ?? "").trim() });
