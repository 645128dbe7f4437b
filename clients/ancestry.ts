import type { Octokit } from "@octokit/rest";

import type { Comparison, Wanted } from "./comparison";
import { orUndefined } from "./octokit";

/** The most commits of one history to read. A hundred are one request. */
const most = 5000;
const perPage = 100;

/**
 * How one commit relates to another, from the lists of the commits that each contains; undefined if GitHub does not know
 * one of them, or if they have no common history. GitHub makes no diff for these lists:
 * https://docs.github.com/en/rest/commits/commits#list-commits
 * Throws an error if GitHub does not answer, or if the histories are too long.
 */
export async function relationOf(octokit: Octokit, wanted: Wanted): Promise<Comparison["status"] | undefined> {
    const [base, head] = [new History(octokit, wanted, wanted.base), new History(octokit, wanted, wanted.head)];
    for (let read = 0; read < most; read += perPage) {
        await Promise.all([base.readOn(), head.readOn()]);
        if (base.isUnknown && head.isUnknown) {
            throw new Error("GitHub lists the commits of neither");
        }
        if (base.isUnknown || head.isUnknown) {
            return undefined;
        }
        if (base.tip === head.tip) {
            return "identical";
        }
        if (head.has(base.tip)) {
            return "ahead";
        }
        if (base.has(head.tip)) {
            return "behind";
        }
        if (base.isRead && head.isRead) {
            return base.meets(head) ? "diverged" : undefined;
        }
    }
    throw new Error(`neither is among the newest ${most} commits of the other`);
}

/** The commits that a commit contains, itself first, as far as they were read. */
class History {
    public tip = "";
    public isRead = false;
    public isUnknown = false;
    private readonly commits = new Set<string>();
    private page = 1;

    public constructor(
        private readonly octokit: Octokit,
        private readonly wanted: Wanted,
        private readonly of: string,
    ) {}

    public has(commit: string): boolean {
        return this.commits.has(commit);
    }

    public meets(other: History): boolean {
        return [...this.commits].some((commit) => other.has(commit));
    }

    public async readOn(): Promise<void> {
        if (this.isRead || this.isUnknown) {
            return;
        }
        const { owner, repo, signal } = this.wanted;
        const asked = this.octokit.rest.repos.listCommits({
            ...{ owner, repo, sha: this.of, per_page: perPage, page: this.page },
            // Where the time is limited, it is not spent on waits between attempts.
            ...(signal && { request: { signal, retries: 0 } }),
        });
        const found = await orUndefined(asked, [404, 409]);
        if (found === undefined) {
            this.isUnknown = true;
            return;
        }
        found.forEach(({ sha }) => this.commits.add(sha));
        this.tip ||= found[0]?.sha ?? "";
        this.isRead = found.length < perPage && !hasNext((await asked).headers.link);
        this.page += 1;
    }
}

function hasNext(link: string | undefined): boolean {
    return link?.includes('rel="next"') === true;
}
