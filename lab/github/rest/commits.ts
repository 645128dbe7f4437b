import { matchesGlob } from "node:path";
import type { GitRepository } from "../git/repository.ts";
import { nodeId } from "../ids.ts";
import { GitHubError, notFound } from "../reply.ts";
import type { Repository } from "../store.ts";
import { gitOf, type Handlers, inRepository, page, parameter, refuseEmpty, repositoryOf } from "./call.ts";
import { changedFiles, commitOf, html, sum } from "./represent-git.ts";

export const commits: Handlers = {
    "repos/list-commits": async (call) => {
        const git = gitOf(call);
        await refuseEmpty(git);
        const start = call.query.get("sha") ?? repositoryOf(call).defaultBranch;
        const sha = await git.commitOf(start);
        if (sha === undefined) {
            throw notFound();
        }
        const path = call.query.get("path");
        const listed = await git.run(["rev-list", sha, ...(path === null ? [] : ["--", path])]);
        const shown = page(call, lines(listed));
        return { status: 200, body: await Promise.all(shown.map((one) => commitOf(call, one))) };
    },

    "repos/get-commit": async (call) => {
        const git = gitOf(call);
        const sha = await requiredCommit(git, parameter(call, "ref"));
        const commit = await commitOf(call, sha);
        const [parent] = commit.parents as { sha: string }[];
        const files = await changedFiles(call, git, parent?.sha, sha);
        const additions = sum(files, "additions");
        const deletions = sum(files, "deletions");
        return {
            status: 200,
            body: { ...commit, stats: { total: additions + deletions, additions, deletions }, files },
        };
    },

    "repos/list-branches": async (call) => {
        const names = await refNames(gitOf(call), "refs/heads/");
        const branches = page(call, names).map(async (name) => {
            const sha = await requiredCommit(gitOf(call), `heads/${name}`);
            const url = inRepository(call, `/commits/${sha}`);
            return { name, commit: { sha, url }, protected: isProtected(repositoryOf(call), name) };
        });
        return { status: 200, body: await Promise.all(branches) };
    },

    "repos/get-branch": async (call) => {
        const name = parameter(call, "branch");
        const sha = await gitOf(call).resolve(`refs/heads/${name}^{commit}`);
        if (sha === undefined) {
            throw new GitHubError(404, "Branch not found");
        }
        const repository = repositoryOf(call);
        const protection = inRepository(call, `/branches/${name}/protection`);
        const body = {
            name,
            commit: await commitOf(call, sha),
            _links: { self: inRepository(call, `/branches/${name}`), html: html(call, repository, `/tree/${name}`) },
            protected: isProtected(repository, name),
            protection: { enabled: isProtected(repository, name) },
            protection_url: protection,
        };
        return { status: 200, body };
    },

    "repos/list-tags": async (call) => {
        const git = gitOf(call);
        const repository = repositoryOf(call);
        const tags = page(call, (await refNames(git, "refs/tags/")).reverse()).map(async (name) => {
            const sha = await requiredCommit(git, `tags/${name}`);
            return {
                name,
                zipball_url: inRepository(call, `/zipball/refs/tags/${name}`),
                tarball_url: inRepository(call, `/tarball/refs/tags/${name}`),
                commit: { sha, url: inRepository(call, `/commits/${sha}`) },
                node_id: nodeId("REF", repository.id, `refs/tags/${name}`),
            };
        });
        return { status: 200, body: await Promise.all(tags) };
    },
};

async function requiredCommit(git: GitRepository, reference: string): Promise<string> {
    const sha = await git.commitOf(reference);
    if (sha === undefined) {
        await refuseEmpty(git);
        throw new GitHubError(422, `No commit found for SHA: ${reference}`);
    }
    return sha;
}

async function refNames(git: GitRepository, prefix: string): Promise<string[]> {
    return lines(await git.run(["for-each-ref", "--format=%(refname)", prefix])).map((ref) => ref.slice(prefix.length));
}

function isProtected(repository: Repository, branch: string): boolean {
    return repository.protections.some(({ pattern }) => pattern === branch || matchesGlob(branch, pattern));
}

function lines(text: string): string[] {
    return text.split("\n").filter((line) => line !== "");
}
