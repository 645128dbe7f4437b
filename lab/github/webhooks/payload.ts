import { type Commit, readCommit, readTag } from "../git/objects.ts";
import { GitRepository } from "../git/repository.ts";
import type { Lab } from "../lab.ts";
import type { Members } from "../reply.ts";
import { fullRepository, simpleUser } from "../represent.ts";
import type { Repository } from "../store.ts";

/** A ref that is another than before; null where there was or is none. */
export interface RefMove {
    ref: string;
    before: string | null;
    after: string | null;
}

const absent = "0".repeat(40);

/** What every event says: where it happened, and who did it. A push by a deploy key counts as the owner's. */
export function common(lab: Lab, repository: Repository, by: string | null): Members {
    const { organization, ...represented } = fullRepository(lab, repository, undefined);
    const sender = lab.store.owner(by ?? "") ?? lab.store.owner(repository.owner);
    return {
        repository: represented,
        ...(organization === undefined ? {} : { organization: organizationOf(lab, repository) }),
        ...(sender === undefined ? {} : { sender: simpleUser(lab, sender) }),
    };
}

function organizationOf(lab: Lab, { owner }: Repository): Members {
    const found = lab.store.owner(owner);
    const url = `${lab.api}/orgs/${owner}`;
    const { id, node_id, avatar_url, login } = found === undefined ? {} : simpleUser(lab, found);
    return {
        ...{ login, id, node_id, avatar_url, url, description: null },
        repos_url: `${url}/repos`,
        events_url: `${url}/events`,
        hooks_url: `${url}/hooks`,
        issues_url: `${url}/issues`,
        members_url: `${url}/members{/member}`,
        public_members_url: `${url}/public_members{/member}`,
    };
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
export async function pushPayload(lab: Lab, repository: Repository, by: string | null, move: RefMove) {
    const git = new GitRepository(lab.store.gitDirectory(repository));
    const { ref, before, after } = move;
    const web = `${lab.web}/${repository.owner}/${repository.name}`;
    const commits = ref.startsWith("refs/heads/") && after !== null ? await pushed(git, { ref, before, after }) : [];
    const head = after === null ? undefined : await readCommit(git, await commitBehind(git, after));
    return {
        ref,
        before: before ?? absent,
        after: after ?? absent,
        created: before === null,
        deleted: after === null,
        forced: before !== null && after !== null && !(await git.isAncestor(before, after)),
        base_ref: null,
        compare: `${web}/compare/${(before ?? absent).slice(0, 12)}...${(after ?? absent).slice(0, 12)}`,
        commits: await Promise.all(commits.map((commit) => represent(git, web, commit))),
        head_commit: head === undefined ? null : await represent(git, web, head),
        pusher: { name: by ?? repository.owner, email: `${by ?? repository.owner}@users.noreply.github.com` },
        ...common(lab, repository, by),
    };
}

async function commitBehind(git: GitRepository, sha: string): Promise<string> {
    return (await git.typeOf(sha)) === "tag" ? commitBehind(git, (await readTag(git, sha)).object) : sha;
}

/** What a branch has that it had not before, or that no other ref has; oldest first, as many as GitHub lists. */
async function pushed(git: GitRepository, move: RefMove & { after: string }): Promise<Commit[]> {
    const without = move.before === null ? ["--not", `--exclude=${move.ref}`, "--all"] : [`^${move.before}`];
    const output = await git.run(["rev-list", "--reverse", "--max-count=2048", move.after, ...without]);
    return Promise.all(
        output
            .split("\n")
            .filter((sha) => sha !== "")
            .map((sha) => readCommit(git, sha)),
    );
}

async function represent(git: GitRepository, web: string, commit: Commit): Promise<Members> {
    const output = await git.run(["diff-tree", "-r", "-z", "--root", "--no-commit-id", "--name-status", commit.sha]);
    const parts = output.split("\0");
    const files = (letter: string): string[] =>
        parts.filter((_, index) => index % 2 === 1 && (parts[index - 1] ?? "").startsWith(letter));
    const { author, committer } = commit;
    return {
        id: commit.sha,
        tree_id: commit.tree,
        distinct: true,
        message: commit.message.trimEnd(),
        timestamp: committer.date,
        url: `${web}/commit/${commit.sha}`,
        author: { name: author.name, email: author.email },
        committer: { name: committer.name, email: committer.email },
        added: files("A"),
        removed: files("D"),
        modified: files("M"),
    };
}
