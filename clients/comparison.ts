import type { Octokit } from "@octokit/rest";

import { relationOf } from "./ancestry";
import { hasNoAnswer, orUndefined } from "./octokit";

/** Two commits or refs of a repository. */
export interface Compared {
    readonly owner: string;
    readonly repo: string;
    readonly base: string;
    readonly head: string;
}

export interface Wanted extends Compared {
    /** The number of commits to list. */
    readonly shown: number;
    /** Ends the requests early; undefined to wait until all ways have been tried. */
    readonly signal: AbortSignal | undefined;
}

export interface Commit {
    readonly sha: string;
    readonly author: string;
    /** The first line of the commit message. */
    readonly subject: string;
}

/** How `head` relates to `base`. */
export interface Comparison {
    readonly status: "ahead" | "behind" | "identical" | "diverged";
    readonly htmlUrl: string;
    /** The number of commits from `base` to `head`; undefined if GitHub could not count them. */
    readonly total: number | undefined;
    /** The newest commits, newest first. */
    readonly commits: readonly Commit[];
    /** The time of the oldest commit from `base` to `head`, in ISO 8601; undefined if it is not known, or if none are shown. */
    readonly oldestAt?: string;
}

type Answer = Awaited<ReturnType<Octokit["rest"]["repos"]["compareCommitsWithBasehead"]>>["data"];

/** GitHub's maximum page size. */
const perPage = 100;

/**
 * Compares two commits; undefined if GitHub does not know one of them, or if they have no common history. The first page
 * of GitHub's comparison has the changed files, and GitHub fails if it cannot make that diff in time. The second page has
 * none: https://docs.github.com/en/rest/commits/commits#compare-two-commits
 * If GitHub makes neither, the lists of commits decide. Throws GitHub's first error if these do not answer either.
 */
export async function compareCommits(octokit: Octokit, wanted: Wanted): Promise<Comparison | undefined> {
    try {
        const first = await askedFor(octokit, wanted, 1);
        return first && (await described(octokit, wanted, { number: 1, answer: first }));
    } catch (error) {
        if (!hasNoAnswer(error) || wanted.signal?.aborted === true) {
            throw error;
        }
        return withoutDiff(octokit, wanted).catch(() => {
            throw error;
        });
    }
}

async function withoutDiff(octokit: Octokit, wanted: Wanted): Promise<Comparison | undefined> {
    const second = await askedFor(octokit, wanted, 2).catch((error: unknown) => {
        if (!hasNoAnswer(error)) {
            throw error;
        }
    });
    if (second) {
        return described(octokit, wanted, { number: 2, answer: second });
    }
    const status = await relationOf(octokit, wanted);
    return status && { status, htmlUrl: linkOf(octokit, wanted), total: undefined, commits: [] };
}

/** One page of a comparison, without retries: another way may answer at once. */
function askedFor(octokit: Octokit, wanted: Wanted, page: number): Promise<Answer | undefined> {
    const { owner, repo, base, head, shown, signal } = wanted;
    const asked = octokit.rest.repos.compareCommitsWithBasehead({
        ...{ owner, repo, basehead: `${base}...${head}`, per_page: shown === 0 ? 1 : perPage },
        ...(page > 1 && { page }),
        request: { retries: 0, ...(signal && { signal }) },
    });
    return orUndefined(asked, [404]);
}

interface Page {
    readonly number: number;
    readonly answer: Answer;
}

/** The comparison, with the newest commits. GitHub lists the oldest first. */
async function described(octokit: Octokit, wanted: Wanted, read: Page): Promise<Comparison> {
    const { status, total_commits: total, html_url: htmlUrl } = read.answer;
    const { shown } = wanted;
    const pages = pagesOfNewest(total, shown)
        // A first page that is needed and was not read is the one with the diff, which GitHub cannot make.
        .filter((number) => number > 1 || read.number === 1)
        .map(async (number) => (number === read.number ? read.answer : askedFor(octokit, wanted, number)));
    const commits = (await Promise.all(pages)).flatMap((page) => page?.commits ?? []).slice(-shown);
    const isFromOldest = shown > 0 && read.number === 1;
    const oldestAt = isFromOldest ? read.answer.commits[0]?.commit.committer?.date : undefined;
    return {
        ...(oldestAt !== undefined && { oldestAt }),
        status,
        total,
        htmlUrl,
        commits: commits.toReversed().map(({ sha, commit, author }) => ({
            sha,
            author: commit.author?.name ?? author?.login ?? "",
            subject: commit.message.split("\n")[0] ?? "",
        })),
    };
}

/** The pages that have the newest commits; empty if none are shown. */
function pagesOfNewest(total: number, shown: number): number[] {
    if (shown === 0) {
        return [];
    }
    const [first, last] = [Math.max(1, Math.ceil((total - shown + 1) / perPage)), Math.ceil(total / perPage)];
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** The page of a comparison for people. */
function linkOf(octokit: Octokit, { owner, repo, base, head }: Compared): string {
    const { origin } = new URL(octokit.request.endpoint.DEFAULTS.baseUrl);
    return `${origin.replace("//api.", "//")}/${owner}/${repo}/compare/${base}...${head}`;
}
