import type { Octokit } from "@octokit/rest";

import type { Config } from "../config/parse";
import { octokitOf, orUndefined } from "../preflight/github";
import { permitted } from "./permission";

/** A repository by its owner and its name. */
export interface RepositoryName {
    readonly owner: string;
    readonly repo: string;
}

export interface Commit {
    readonly sha: string;
    readonly author: string;
    /** The first line of its message. */
    readonly subject: string;
}

/** What lies between two commits. */
export interface Between {
    readonly status: "ahead" | "behind" | "identical" | "diverged";
    readonly total: number;
    /** The newest first, and of many only the newest. */
    readonly commits: readonly Commit[];
    readonly htmlUrl: string;
}

/** A person behind a token. */
export interface User {
    readonly login: string;
    readonly name: string;
    readonly email: string;
}

const shown = 20;

/** What the commands ask GitHub beside what the program does. Writes are in tags.ts and pullRequest.ts. */
export class GitHubApi {
    public readonly octokit: Octokit;
    private readonly owner: string;
    private readonly host: string;

    public constructor({ baseUrl, owner }: Config["github"], token: string) {
        this.octokit = octokitOf(baseUrl, token);
        this.owner = owner;
        const { hostname } = new URL(baseUrl);
        this.host = hostname === "api.github.com" ? "github.com" : hostname;
    }

    public of(repo: string): RepositoryName {
        return { owner: this.owner, repo };
    }

    /** The names of all tags that begin with the prefix. Fails where the token cannot see the repository. */
    public async tags(repo: string, prefix: string): Promise<string[]> {
        const { owner } = this.of(repo);
        const request = this.octokit.rest.git.listMatchingRefs({ owner, repo, ref: `tags/${prefix}` });
        // 409 is an empty repository.
        const found = await orUndefined(permitted(`read ${owner}/${repo}`, "Contents: read", request), [409]);
        return (found ?? []).map((it) => it.ref.slice("refs/tags/".length));
    }

    /** The commits on the way from one commit or branch to another; undefined where GitHub knows no way. */
    public async between(repo: string, base: string, head: string): Promise<Between | undefined> {
        const page = (perPage: number, number: number) =>
            orUndefined(
                this.octokit.rest.repos.compareCommitsWithBasehead({
                    ...this.of(repo),
                    basehead: `${base}...${head}`,
                    per_page: perPage,
                    page: number,
                }),
                [404, 422],
            );
        const first = await page(100, 1);
        if (!first) {
            return undefined;
        }
        const { status, total_commits: total, html_url: htmlUrl } = first;
        // GitHub lists the oldest first.
        const last = total > 100 ? await page(shown, Math.ceil(total / shown)) : first;
        const commits = (last ?? first).commits.slice(-shown).toReversed();
        return {
            status,
            total,
            htmlUrl,
            commits: commits.map(({ sha, commit, author }) => ({
                sha,
                author: commit.author?.name ?? author?.login ?? "",
                subject: commit.message.split("\n")[0] ?? "",
            })),
        };
    }

    /** Whose token it is; undefined for an App's, which has no user behind it. */
    public async user(): Promise<User | undefined> {
        const user = await orUndefined(this.octokit.rest.users.getAuthenticated(), [403, 404]);
        return (
            user && {
                login: user.login,
                name: user.name ?? user.login,
                email: user.email ?? `${user.id}+${user.login}@users.noreply.${this.host}`,
            }
        );
    }
}
