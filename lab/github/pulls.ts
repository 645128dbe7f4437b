import { GitRepository } from "./git/repository.ts";
import type { Lab } from "./lab.ts";
import type { Pull, Repository } from "./store.ts";
import { deliverPush } from "./webhooks/deliver.ts";
import type { RefMove } from "./webhooks/payload.ts";

export function now(): string {
    return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

/** Remembers that something was pushed, tells the webhooks, and what it means for the open pull requests; null for a push by a deploy key. */
export async function refsChanged(
    lab: Lab,
    repository: Repository,
    by: string | null,
    moves: readonly RefMove[],
): Promise<void> {
    const git = new GitRepository(lab.store.gitDirectory(repository));
    for (const pull of repository.pulls.filter(({ state }) => state === "open")) {
        await follow(git, pull, by);
    }
    repository.pushedAt = now();
    repository.updatedAt = repository.pushedAt;
    lab.store.save();
    deliverPush(lab, repository, by, moves);
}

/** GitHub merges a pull request whose commits reach its base, and closes one that lost a branch or all of its commits. */
async function follow(git: GitRepository, pull: Pull, by: string | null): Promise<void> {
    const head = await git.resolve(`refs/heads/${pull.head}`);
    const base = await git.resolve(`refs/heads/${pull.base}`);
    if (base !== undefined && (await git.isAncestor(pull.headSha, base))) {
        merged(pull, base, by);
    } else if (head === undefined || base === undefined || (await git.isAncestor(head, base))) {
        closed(pull);
    } else if (head !== pull.headSha || base !== pull.baseSha) {
        pull.updatedAt = head === pull.headSha ? pull.updatedAt : now();
        Object.assign(pull, { headSha: head, baseSha: base });
    }
}

export function merged(pull: Pull, commit: string, by: string | null): void {
    closed(pull);
    Object.assign(pull, { mergedAt: pull.closedAt, mergedBy: by, mergeCommitSha: commit });
}

export function closed(pull: Pull): void {
    pull.state = "closed";
    pull.closedAt = now();
    pull.updatedAt = pull.closedAt;
}
