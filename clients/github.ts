import type { Octokit } from "@octokit/rest";

import type { Config } from "../config";
import { githubServer } from "../domain/githubServer";
import { type Comparison, compareCommits } from "./comparison";
import { type Looked, lookUp, type Wanted } from "./lookup";
import { type RepositoryState, stateOf } from "./repositoryFacts";
import { expiryOf, headersOf, octokitOf, orUndefined, scopesOf } from "./octokit";
import { commitOf } from "./ref";

/** A repository as GitHub describes it. */
export interface FoundRepository extends RepositoryState {
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

export interface RepositoryName {
    readonly owner: string;
    readonly repo: string;
}

/** The user that a token belongs to. */
export interface User {
    readonly login: string;
    readonly name: string;
    readonly email: string;
}

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
            learn(headersOf(error));
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
                ...stateOf(found, `${this.owner}/${name}`),
            }
        );
    }

    /** Looks up many repositories, each with a revision. The result is undefined for one that the token cannot see. */
    async lookUp(wanted: readonly Wanted[]): Promise<(Looked | undefined)[]> {
        return lookUp(this.octokit, this.owner, wanted);
    }

    /** The commit of `heads/<branch>` or `tags/<tag>`, annotated tags included; undefined if the ref does not exist. */
    async commit(repo: string, ref: string): Promise<string | undefined> {
        return commitOf(this.octokit, { ...this.of(repo), ref });
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
        // GitHub returns all refs at once and ignores a page size, but it may send pages again, as it once did. For an
        // empty repository it answers 409, which ends the list: https://github.com/github/docs/issues/3863
        const { listMatchingRefs } = this.octokit.rest.git;
        const found = await this.octokit.paginate(listMatchingRefs, { ...this.of(repo), ref: `tags/${prefix}` });
        return found.map(({ ref }) => ref.slice("refs/tags/".length));
    }

    /**
     * How `head` relates to `base`, with the newest `shown` commits between them; undefined if GitHub does not know one
     * of them, or if they have no common history. Throws an error if GitHub has no answer.
     */
    async compare(
        repo: string,
        base: string,
        head: string,
        { shown = 0, signal }: { readonly shown?: number; readonly signal?: AbortSignal | undefined } = {},
    ): Promise<Comparison | undefined> {
        return compareCommits(this.octokit, { ...this.of(repo), base, head, shown, signal });
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
        const { listDeployKeys } = this.octokit.rest.repos;
        const found = await this.octokit.paginate(listDeployKeys, { ...this.of(repo), per_page: 100 });
        return found.map(({ title, created_at, last_used }) => ({
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
        // Nothing depends on it but better messages, so an emergency does not wait for many attempts.
        const request = { retries: 1 };
        const organization = await orUndefined(this.octokit.rest.orgs.get({ org: this.owner, request }), [404]);
        if (organization) {
            const { plan, deploy_keys_enabled_for_repositories: deployKeysEnabled } = organization;
            return { type: "organization", plan: plan?.name, deployKeysEnabled, viewer: undefined };
        }
        // GitHub answers 403 for an App's installation token, which has no user.
        const user = await orUndefined(this.octokit.rest.users.getAuthenticated({ request }), [403]);
        const plan = user?.login.toLowerCase() === this.owner.toLowerCase() ? user.plan?.name : undefined;
        return { type: "user", plan, deployKeysEnabled: undefined, viewer: user?.login };
    }
}
