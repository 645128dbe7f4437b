import type { GitRepository } from "../git/repository.ts";
import { GitHubError, type Members, notFound } from "../reply.ts";
import { type Call, gitOf, type Handlers, inRepository, page, parameter, repositoryOf } from "./call.ts";
import { changedFiles, commitOf, html } from "./represent-git.ts";

export const compare: Handlers = {
    "repos/compare-commits-with-basehead": async (call) => {
        const git = gitOf(call);
        const [baseName = "", headName = ""] = parameter(call, "basehead").split("...");
        const own = (name: string): string => name.replace(new RegExp(`^${repositoryOf(call).owner}:`, "i"), "");
        const base = await git.commitOf(own(baseName));
        const head = await git.commitOf(own(headName));
        if (base === undefined || head === undefined) {
            throw notFound();
        }
        if (!(await git.succeeds(["merge-base", base, head]))) {
            throw new GitHubError(404, `No common ancestor between ${baseName} and ${headName}.`);
        }
        return { status: 200, body: await comparison(call, git, base, head) };
    },
};

async function comparison(call: Call, git: GitRepository, base: string, head: string): Promise<Members> {
    const repository = repositoryOf(call);
    const mergeBase = await git.run(["merge-base", base, head]);
    const ahead = (await git.run(["rev-list", "--reverse", `${base}..${head}`])).split("\n").filter(Boolean);
    const behind = Number(await git.run(["rev-list", "--count", `${head}..${base}`]));
    const status = ahead.length > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical";
    const named = html(call, repository, `/compare/${parameter(call, "basehead")}`);
    const [from, to] = [base, head].map((sha) => `${repository.owner}:${sha.slice(0, 7)}`);
    // Without being asked for pages GitHub gives the newest 250 commits, and the files; with, files on the first page alone.
    const paged = call.query.has("page") || call.query.has("per_page");
    const shown = paged ? page(call, ahead) : ahead.slice(-250);
    const first = Number(call.query.get("page") ?? 1) <= 1;
    return {
        url: inRepository(call, `/compare/${parameter(call, "basehead")}`),
        html_url: named,
        permalink_url: html(call, repository, `/compare/${from ?? ""}...${to ?? ""}`),
        diff_url: `${named}.diff`,
        patch_url: `${named}.patch`,
        base_commit: await commitOf(call, base),
        merge_base_commit: await commitOf(call, mergeBase),
        status,
        ahead_by: ahead.length,
        behind_by: behind,
        total_commits: ahead.length,
        commits: await Promise.all(shown.map((sha) => commitOf(call, sha))),
        ...(first ? { files: (await changedFiles(call, git, mergeBase, head)).slice(0, 300) } : {}),
    };
}
