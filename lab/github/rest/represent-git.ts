import { type Commit, readCommit } from "../git/objects.ts";
import type { GitRepository } from "../git/repository.ts";
import { nodeId } from "../ids.ts";
import type { Members } from "../reply.ts";
import { simpleUser } from "../represent.ts";
import type { Repository } from "../store.ts";
import { type Call, gitOf, inRepository, repositoryOf } from "./call.ts";

/** A commit with its author and parents, as lists and branches show it. */
export async function commitOf(call: Call, sha: string): Promise<Members> {
    const repository = repositoryOf(call);
    const commit = await readCommit(gitOf(call, repository), sha);
    const url = inRepository(call, `/commits/${sha}`, repository);
    return {
        sha,
        node_id: nodeId("C", repository.id, sha),
        commit: {
            author: commit.author,
            committer: commit.committer,
            message: commit.message.trimEnd(),
            tree: { sha: commit.tree, url: inRepository(call, `/git/trees/${commit.tree}`, repository) },
            url: inRepository(call, `/git/commits/${sha}`, repository),
            comment_count: 0,
            verification: verification(commit.signature),
        },
        url,
        html_url: html(call, repository, `/commit/${sha}`),
        comments_url: `${url}/comments`,
        author: accountOf(call, commit.author.email),
        committer: accountOf(call, commit.committer.email),
        parents: commit.parents.map((parent) => ({
            sha: parent,
            url: inRepository(call, `/commits/${parent}`, repository),
            html_url: html(call, repository, `/commit/${parent}`),
        })),
    };
}

/** A commit as git's database has it. */
export function gitCommit(call: Call, repository: Repository, commit: Commit): Members {
    return {
        sha: commit.sha,
        node_id: nodeId("C", repository.id, commit.sha),
        url: inRepository(call, `/git/commits/${commit.sha}`, repository),
        html_url: html(call, repository, `/commit/${commit.sha}`),
        author: commit.author,
        committer: commit.committer,
        message: commit.message.trimEnd(),
        tree: { sha: commit.tree, url: inRepository(call, `/git/trees/${commit.tree}`, repository) },
        parents: commit.parents.map((parent) => ({
            sha: parent,
            url: inRepository(call, `/git/commits/${parent}`, repository),
            html_url: html(call, repository, `/commit/${parent}`),
        })),
        verification: verification(commit.signature),
    };
}

export function verification(signature: string | null): Members {
    const reason = signature === null ? "unsigned" : "unknown_key";
    return { verified: false, reason, signature, payload: null, verified_at: null };
}

export function html(call: Call, repository: Repository, path: string): string {
    return `${call.lab.web}/${repository.owner}/${repository.name}${path}`;
}

/** The files that differ between two trees, as GitHub lists them (without the text of the difference). */
export async function changedFiles(
    call: Call,
    git: GitRepository,
    from: string | undefined,
    to: string,
): Promise<Members[]> {
    const range = from === undefined ? ["--root", to] : [from, to];
    const common = ["diff-tree", "-r", "-M", "-z", "--no-commit-id", ...range];
    const raw = (await git.run([...common, "--raw", "--no-abbrev"])).split("\0").filter((part) => part !== "");
    const counts = await lineCounts(git, common);
    const repository = repositoryOf(call);
    const files: Members[] = [];
    for (let index = 0; index < raw.length;) {
        const [, , , sha = "", status = ""] = (raw[index] ?? "").split(" ");
        const renamed = /^[RC]/.test(status);
        const previous = raw[index + 1] ?? "";
        const filename = renamed ? (raw[index + 2] ?? "") : previous;
        index += renamed ? 3 : 2;
        const [additions, deletions] = counts.get(filename) ?? [0, 0];
        files.push({
            sha: /^0+$/.test(sha) ? null : sha,
            filename,
            ...(renamed ? { previous_filename: previous } : {}),
            status: statuses[status.charAt(0)] ?? "changed",
            additions,
            deletions,
            changes: additions + deletions,
            blob_url: html(call, repository, `/blob/${to}/${encodeURI(filename)}`),
            raw_url: html(call, repository, `/raw/${to}/${encodeURI(filename)}`),
            contents_url: inRepository(call, `/contents/${encodeURI(filename)}?ref=${to}`, repository),
        });
    }
    return files;
}

/** All lines added or deleted. */
export function sum(files: Members[], name: "additions" | "deletions"): number {
    return files.reduce((total, file) => total + (file[name] as number), 0);
}

const statuses: Record<string, string> = { A: "added", D: "removed", M: "modified", R: "renamed", C: "copied" };

async function lineCounts(git: GitRepository, common: string[]): Promise<Map<string, [number, number]>> {
    const parts = (await git.run([...common, "--numstat"])).split("\0").filter((part) => part !== "");
    const counts = new Map<string, [number, number]>();
    for (let index = 0; index < parts.length;) {
        const [additions = "0", deletions = "0", path = ""] = (parts[index] ?? "").split("\t");
        const name = path === "" ? (parts[index + 2] ?? "") : path;
        index += path === "" ? 3 : 1;
        counts.set(name, [Number(additions) || 0, Number(deletions) || 0]);
    }
    return counts;
}

/** GitHub knows an author by the address; here only the addresses it hands out itself are known. */
function accountOf(call: Call, email: string): Members | null {
    const login = /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email)?.[1];
    const owner = login === undefined ? undefined : call.lab.store.owner(login);
    return owner === undefined ? null : simpleUser(call.lab, owner);
}
