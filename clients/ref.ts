import type { Octokit } from "@octokit/rest";

import { hasNoAnswer, orUndefined } from "./octokit";

interface Place {
    readonly owner: string;
    readonly repo: string;
    /** Such as `heads/main`, `tags/v1.0.0` or a commit. */
    readonly ref: string;
}

/**
 * The commit of a ref; undefined if it does not exist. Asks only for the SHA, because GitHub fails if it cannot make the
 * diff of a large commit in time: https://docs.github.com/en/rest/commits/commits#get-a-commit
 */
export async function commitOf(octokit: Octokit, place: Place): Promise<string | undefined> {
    const { owner, repo, ref } = place;
    try {
        const asked = octokit.rest.repos.getCommit({
            ...{ owner, repo, ref, headers: { accept: "application/vnd.github.sha" } },
            request: { retries: 0 },
        });
        return shaIn(await orUndefined(asked, [404, 409]));
    } catch (error) {
        // GitHub answers 422 for a ref that does not exist, and for a commit that it cannot show.
        if (!hasNoAnswer(error)) {
            throw error;
        }
        return /^(heads|tags)\//.test(ref) ? commitOfRef(octokit, place) : firstListed(octokit, place);
    }
}

/** The type says that GitHub answers with a commit, but with this media type it answers with the text of a SHA. */
function shaIn(answer: unknown): string | undefined {
    if (typeof answer === "object" && answer !== null && "sha" in answer) {
        return String(answer.sha);
    }
    const text = answer instanceof ArrayBuffer ? new TextDecoder().decode(answer) : answer;
    return typeof text === "string" ? text.trim() : undefined;
}

/** The commit of a branch or tag, from the objects of Git, which need no diff. */
async function commitOfRef(octokit: Octokit, { owner, repo, ref }: Place): Promise<string | undefined> {
    const { git } = octokit.rest;
    const found = await orUndefined(git.getRef({ owner, repo, ref }), [404, 409]);
    let object = found?.object;
    // A tag can be of another tag.
    while (object?.type === "tag") {
        ({ object } = (await git.getTag({ owner, repo, tag_sha: object.sha })).data);
    }
    return object?.sha;
}

async function firstListed(octokit: Octokit, { owner, repo, ref }: Place): Promise<string | undefined> {
    const listed = octokit.rest.repos.listCommits({ owner, repo, sha: ref, per_page: 1 });
    return (await orUndefined(listed, [404, 409, 422]))?.[0]?.sha;
}
