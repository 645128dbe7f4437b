import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { statusOf } from "../../clients/octokit";
import { messageOf } from "../../domain/problem";
import { CommandError, exitCodes, wrongUsage } from "../terminal/exit";
import type { RepositoryName } from "../../clients/github";
import { permitted } from "./permission";
import { repositoryHost, resolvedRemote } from "../tools/remote";
import { forPullRequest, titleOf } from "./report";
import { editStackFile } from "../tools/stackFile";
import type { Plan, Stack } from "./plan";

const run = promisify(execFile);

/** The name of the branch for a release. The same release always gets the same name. */
export function branchOf({ report: { command, stack, version, sources } }: Plan): string {
    const tags = Object.entries(sources).map(([, { to }]) => to.tag);
    return `${command}/${stack}-${version ?? tags.join("-")}`;
}

/**
 * Opens a pull request with the edited stack file through GitHub's API, and returns its URL. If one is already open,
 * updates it. Undefined if the default branch already has the change.
 */
export async function openPullRequest(
    stack: Stack,
    plan: Plan,
    { repository, path }: Place,
): Promise<string | undefined> {
    const { octokit } = stack.github;
    const name = `${repository.owner}/${repository.repo}`;
    const branch = branchOf(plan);
    const [found, open] = await Promise.all([
        permitted(`read ${name}`, "Contents: write", octokit.rest.repos.get({ ...repository })),
        permitted(
            `see the pull requests of ${name}`,
            "Pull requests: write",
            octokit.rest.pulls.list({ ...repository, head: `${repository.owner}:${branch}`, state: "open" }),
        ),
    ]);
    const base = found.data.default_branch;
    const [existing] = open.data;
    if (!existing) {
        await startBranch(stack, repository, base, branch);
    }
    const committed = await commitEdit(stack, plan, { repository, branch, path });
    const text = { title: titleOf(plan.report), body: forPullRequest(plan.report) };
    if (existing) {
        return existing.html_url;
    }
    if (!committed) {
        await octokit.rest.git.deleteRef({ ...repository, ref: `heads/${branch}` });
        return undefined;
    }
    const created = octokit.rest.pulls.create({ ...repository, ...text, head: branch, base });
    const { data } = await permitted(`open a pull request in ${name}`, "Pull requests: write", created);
    return data.html_url;
}

/** A stack file in a repository on GitHub. */
export interface Place {
    readonly repository: RepositoryName;
    readonly path: string;
}

/** The repository and path of the stack file on GitHub, from this checkout's `origin` remote. Sends no request. */
export async function placeOf(file: string, baseUrl: string): Promise<Place> {
    const git = async (...args: string[]) => (await run("git", args)).stdout.trim();
    try {
        const [url, prefix] = await Promise.all([
            git("remote", "get-url", "origin"),
            git("rev-parse", "--show-prefix"),
        ]);
        const host = repositoryHost(baseUrl);
        const remote = await resolvedRemote(url, host);
        if (remote?.hostname !== host) {
            throw new Error(`it points to ${url.replace(/\/\/[^@/]*@/, "//")}, but github:baseUrl points to ${host}`);
        }
        return { repository: { owner: remote.owner, repo: remote.repo }, path: `${prefix}${file}` };
    } catch (error) {
        throw wrongUsage("A pull request needs a repository on GitHub.", [
            {
                key: "git remote origin",
                expected: `expected the repository of this program: ${messageOf(error)}`,
                fix: "git remote set-url origin <url>   (or omit --pr, to edit the local stack file)",
            },
        ]);
    }
}

/** Creates a branch at the head of the default branch, or resets one that is left without a pull request. */
async function startBranch(
    { github: { octokit } }: Stack,
    repository: RepositoryName,
    base: string,
    branch: string,
): Promise<void> {
    const { git } = octokit.rest;
    const what = `make branches in ${repository.owner}/${repository.repo}`;
    const { data } = await permitted(what, "Contents: write", git.getRef({ ...repository, ref: `heads/${base}` }));
    const { sha } = data.object;
    try {
        const ref = `refs/heads/${branch}`;
        await permitted(what, "Contents: write", git.createRef({ ...repository, ref, sha }));
    } catch (error) {
        if (statusOf(error) !== 422) {
            throw error;
        }
        const ref = `heads/${branch}`;
        await permitted(what, "Contents: write", git.updateRef({ ...repository, ref, sha, force: true }));
    }
}

async function commitEdit(
    { github: { octokit } }: Stack,
    plan: Plan,
    { repository, branch, path }: Place & { readonly branch: string },
): Promise<boolean> {
    const { repos } = octokit.rest;
    const { data } = await repos.getContent({ ...repository, path, ref: branch });
    if (Array.isArray(data) || data.type !== "file") {
        throw new CommandError(exitCodes.failed, `${path} is not a file in ${repository.owner}/${repository.repo}.`);
    }
    const before = Buffer.from(data.content, "base64").toString();
    const after = editStackFile(before, plan.proposal);
    if (before === after) {
        return false;
    }
    const write = repos.createOrUpdateFileContents({
        ...repository,
        path,
        branch,
        message: titleOf(plan.report),
        content: Buffer.from(after).toString("base64"),
        sha: data.sha,
    });
    await permitted(`write to ${repository.owner}/${repository.repo}`, "Contents: write", write);
    return true;
}
