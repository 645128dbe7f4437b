import { nodeId } from "../ids.ts";
import type { Members } from "../reply.ts";
import { repositorySummary, simpleUser } from "../represent.ts";
import type { Owner, Pull, Repository } from "../store.ts";
import { type Call, gitOf, inRepository, repositoryOf } from "./call.ts";
import { changedFiles, html, sum } from "./represent-git.ts";

/** A pull request as lists show it. */
export function pullSummary(call: Call, pull: Pull): Members {
    const repository = repositoryOf(call);
    const page = html(call, repository, `/pull/${pull.number}`);
    const url = inRepository(call, `/pulls/${pull.number}`);
    const issue = inRepository(call, `/issues/${pull.number}`);
    const addresses = {
        html: page,
        issue,
        comments: `${issue}/comments`,
        review_comments: `${url}/comments`,
        review_comment: inRepository(call, "/pulls/comments{/number}"),
        commits: `${url}/commits`,
        statuses: inRepository(call, `/statuses/${pull.headSha}`),
    };
    const links = Object.entries({ self: url, ...addresses }).map(([name, href]) => [name, { href }]);
    return {
        url,
        id: pull.id,
        node_id: nodeId("PR", repository.id, pull.id),
        ...Object.fromEntries(Object.entries(addresses).map(([name, address]) => [`${name}_url`, address])),
        diff_url: `${page}.diff`,
        patch_url: `${page}.patch`,
        number: pull.number,
        state: pull.state,
        locked: false,
        title: pull.title,
        user: simpleUser(call.lab, known(call, pull.user)),
        body: pull.body,
        labels: [],
        milestone: null,
        active_lock_reason: null,
        created_at: pull.createdAt,
        updated_at: pull.updatedAt,
        closed_at: pull.closedAt,
        merged_at: pull.mergedAt,
        merge_commit_sha: pull.mergeCommitSha,
        assignee: null,
        assignees: [],
        requested_reviewers: [],
        requested_teams: [],
        head: side(call, repository, pull.head, pull.headSha),
        base: side(call, repository, pull.base, pull.baseSha),
        _links: Object.fromEntries(links) as Members,
        author_association: association(call, repository, pull.user),
        auto_merge: null,
        draft: pull.draft,
    };
}

export async function fullPull(call: Call, pull: Pull): Promise<Members> {
    const git = gitOf(call);
    const from = await git.run(["merge-base", pull.baseSha, pull.headSha]);
    const files = await changedFiles(call, git, from, pull.headSha);
    return {
        ...pullSummary(call, pull),
        merged: pull.mergedAt !== null,
        // As GitHub answers before it has tried the merge.
        mergeable: null,
        rebaseable: null,
        mergeable_state: "unknown",
        merged_by: pull.mergedBy === null ? null : simpleUser(call.lab, known(call, pull.mergedBy)),
        comments: 0,
        review_comments: 0,
        maintainer_can_modify: false,
        commits: Number(await git.run(["rev-list", "--count", `${pull.baseSha}..${pull.headSha}`])),
        additions: sum(files, "additions"),
        deletions: sum(files, "deletions"),
        changed_files: files.length,
    };
}

function side(call: Call, repository: Repository, branch: string, sha: string): Members {
    return {
        label: `${repository.owner}:${branch}`,
        ref: branch,
        sha,
        user: simpleUser(call.lab, known(call, repository.owner)),
        repo: repositorySummary(call.lab, repository, call.token),
    };
}

export function association(call: Call, repository: Repository, login: string): string {
    const inOrganization = known(call, repository.owner).type === "Organization";
    return login === repository.owner ? "OWNER" : inOrganization ? "MEMBER" : "COLLABORATOR";
}

export function known(call: Call, login: string): Owner {
    const owner = call.lab.store.owner(login);
    if (owner === undefined) {
        throw new Error(`${login} is not among the owners`);
    }
    return owner;
}
