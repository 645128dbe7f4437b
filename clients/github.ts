import type { Octokit } from "@octokit/rest";

import type { Config } from "../config";
import { githubServer } from "../domain/githubServer";
import { type Looked, lookUp, type Wanted } from "./lookup";
import { expiryOf, octokitOf, orUndefined, scopesOf } from "./octokit";

/** A repository as GitHub describes it. */
export interface FoundRepository {
    readonly sshUrl: string;
    readonly httpUrl: string;
    readonly htmlUrl: string;
    readonly nodeId: string;
    readonly visibility: string;
    readonly description: string | undefined;
}

/** The owner as GitHub describes it, as far as the token can see. */
export interface Owner {
    readonly type: "user" | "organization";
    readonly plan: string | undefined;
    readonly deployKeysEnabled: boolean | undefined;
    /** The login of the token's user; undefined for an App's token, which has no user, and for an organization. */
    readonly viewer: string | undefined;
}

/** A deploy key. Its times are in ISO 8601. */
export interface DeployKey {
    readonly title: string;
    readonly made: string;
    /** The time of its last use, if GitHub reports it. */
    readonly lastUsed: string | undefined;
}

interface RequestError {
    readonly response?: { readonly headers?: Readonly<Record<string, string | number | undefined>> };
}

export interface RepositoryName {
    readonly owner: string;
    readonly repo: string;
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
    /** The number of commits from `base` to `head`. */
    readonly total: number;
    /** At most `shown` commits, newest first. */
    readonly commits: readonly Commit[];
}

/** The user that a token belongs to. */
export interface User {
    readonly login: string;
    readonly name: string;
    readonly email: string;
}

/** GitHub's maximum page size. */
const page = 100;

/** The client for GitHub's API, for the program and its CLI commands. */
export class GitHub {
    /** The token's expiry from the last answer; undefined if it never expires, or before the first answer. */
    public tokenExpires: Date | undefined;
    /** The scopes of a classic token from the last answer; undefined for other tokens, because GitHub reports none. */
    public tokenScopes: readonly string[] | undefined;
    public readonly octokit: Octokit;
    private readonly owner: string;
    private readonly host: string;

    constructor({ baseUrl, owner }: Pick<Config["github"], "baseUrl" | "owner">, token: string) {
        this.owner = owner;
        this.octokit = octokitOf(baseUrl, token);
        this.host = githubServer(baseUrl).host;
        const learn = (headers: Readonly<Record<string, string | number | undefined>> = {}) => {
            this.tokenExpires = expiryOf(headers["github-authentication-token-expiration"]) ?? this.tokenExpires;
            this.tokenScopes = scopesOf(headers["x-oauth-scopes"]) ?? this.tokenScopes;
        };
        this.octokit.hook.after("request", ({ headers }) => {
            learn(headers);
        });
        // A 404 has the same headers.
        this.octokit.hook.error("request", (error) => {
            learn((error as RequestError).response?.headers);
            throw error;
        });
    }

    /** Returns the repository; undefined if the token cannot see one of this name. */
    async repository(name: string): Promise<FoundRepository | undefined> {
        const found = await orUndefined(this.octokit.rest.repos.get({ owner: this.owner, repo: name }), [404]);
        return (
            found && {
                sshUrl: found.ssh_url,
                httpUrl: found.clone_url,
                htmlUrl: found.html_url,
                nodeId: found.node_id,
                visibility: found.visibility ?? (found.private ? "private" : "public"),
                description: found.description ?? undefined,
            }
        );
    }

    /** Looks up many repositories, each with a revision. The result is undefined for one that the token cannot see. */
    async lookUp(wanted: readonly Wanted[]): Promise<(Looked | undefined)[]> {
        return lookUp(this.octokit, this.owner, wanted);
    }

    /** The commit of `heads/<branch>` or `tags/<tag>`, annotated tags included; undefined if the ref does not exist. */
    async commit(repo: string, ref: string): Promise<string | undefined> {
        const found = await orUndefined(
            this.octokit.rest.repos.getCommit({ owner: this.owner, repo, ref }),
            [404, 409, 422],
        );
        return found?.sha;
    }

    /** Whether a tag is annotated: only such a tag can have a signature of its own. */
    async hasTagObject(repo: string, tag: string): Promise<boolean> {
        const { data } = await this.octokit.rest.git.getRef({ owner: this.owner, repo, ref: `tags/${tag}` });
        return data.object.type === "tag";
    }

    /** An annotated tag's commit and date; undefined if the tag does not exist or is of another kind. */
    async annotatedTag(repo: string, tag: string): Promise<{ commit: string; made: Date } | undefined> {
        const at = { owner: this.owner, repo };
        const ref = await orUndefined(this.octokit.rest.git.getRef({ ...at, ref: `tags/${tag}` }), [404]);
        if (ref?.object.type !== "tag") {
            return undefined;
        }
        const { data } = await this.octokit.rest.git.getTag({ ...at, tag_sha: ref.object.sha });
        return data.object.type === "commit"
            ? { commit: data.object.sha, made: new Date(data.tagger.date) }
            : undefined;
    }

    /** The names of all tags with a prefix; empty for an empty repository. */
    async tags(repo: string, prefix: string): Promise<string[]> {
        const request = this.octokit.rest.git.listMatchingRefs({ owner: this.owner, repo, ref: `tags/${prefix}` });
        // GitHub answers 409 for an empty repository.
        const found = await orUndefined(request, [409]);
        return (found ?? []).map(({ ref }) => ref.slice("refs/tags/".length));
    }

    /**
     * How `head` relates to `base`, with the newest `shown` commits between them; undefined if GitHub does not know one
     * of them, or if they have no common history.
     */
    async compare(repo: string, base: string, head: string, shown = 0): Promise<Comparison | undefined> {
        const read = (perPage: number, number?: number) =>
            orUndefined(
                this.octokit.rest.repos.compareCommitsWithBasehead({
                    ...this.of(repo),
                    basehead: `${base}...${head}`,
                    per_page: perPage,
                    ...(number !== undefined && { page: number }),
                }),
                [404, 422],
            );
        const first = await read(shown === 0 ? 1 : page);
        if (!first) {
            return undefined;
        }
        const { status, total_commits: total, html_url: htmlUrl } = first;
        // GitHub lists the oldest commits first.
        const last = shown > 0 && total > page ? await read(shown, Math.ceil(total / shown)) : first;
        const commits = shown === 0 ? [] : (last ?? first).commits.slice(-shown).toReversed();
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

    /** The user of the token; undefined for an App's token, which has no user. */
    async user(): Promise<User | undefined> {
        const user = await orUndefined(this.octokit.rest.users.getAuthenticated(), [403, 404]);
        return (
            user && {
                login: user.login,
                name: user.name ?? user.login,
                email: user.email ?? `${user.id}+${user.login}@users.noreply.${this.host}`,
            }
        );
    }

    of(repo: string): RepositoryName {
        return { owner: this.owner, repo };
    }

    /** Throws with GitHub's status if the token may not read a repository's webhooks. */
    async tryWebhooks(repo: string): Promise<void> {
        await this.octokit.rest.repos.listWebhooks({ owner: this.owner, repo, per_page: 1 });
    }

    /** The deploy keys of a repository. Fails if the token may not administer it. */
    async deployKeys(repo: string): Promise<DeployKey[]> {
        const { data } = await this.octokit.rest.repos.listDeployKeys({ owner: this.owner, repo, per_page: 100 });
        return data.map(({ title, created_at, last_used }) => ({
            title,
            made: created_at,
            lastUsed: last_used ?? undefined,
        }));
    }

    /** GitHub's SSH host keys, each as `<algorithm> <key>`. */
    async sshHostKeys(): Promise<string[]> {
        const { data } = await this.octokit.rest.meta.get();
        return data.ssh_keys ?? [];
    }

    async describeOwner(): Promise<Owner> {
        const organization = await orUndefined(this.octokit.rest.orgs.get({ org: this.owner }), [404]);
        if (organization) {
            const { plan, deploy_keys_enabled_for_repositories: deployKeysEnabled } = organization;
            return { type: "organization", plan: plan?.name, deployKeysEnabled, viewer: undefined };
        }
        // GitHub answers 403 for an App's installation token, which has no user.
        const user = await orUndefined(this.octokit.rest.users.getAuthenticated(), [403]);
        const plan = user?.login.toLowerCase() === this.owner.toLowerCase() ? user.plan?.name : undefined;
        return { type: "user", plan, deployKeysEnabled: undefined, viewer: user?.login };
    }
}
