import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";

import type { Config } from "../config";
import { isToken, tokenOf } from "../config/token";
import { type Looked, lookUp, type Wanted } from "./lookup";

const RetryingOctokit = Octokit.plugin(retry);

/** What GitHub says of a repository. */
export interface FoundRepository {
    readonly sshUrl: string;
    readonly httpUrl: string;
    readonly htmlUrl: string;
    readonly nodeId: string;
    readonly visibility: string;
    readonly description: string | undefined;
}

/** What GitHub says of the owner, as far as the token may see. */
export interface Owner {
    readonly type: "user" | "organization";
    readonly plan: string | undefined;
    readonly deployKeysEnabled: boolean | undefined;
    /** Whose token it is; undefined for an App's, which has no user behind it, and where nobody asked. */
    readonly viewer: string | undefined;
}

/** A deploy key, with its times in ISO 8601. */
export interface DeployKey {
    readonly title: string;
    readonly made: string;
    /** When it was last read with, as far as GitHub tells. */
    readonly lastUsed: string | undefined;
}

interface RequestError {
    readonly response?: { readonly headers?: Readonly<Record<string, string | number | undefined>> };
}

/** How the head of a comparison lies to its base. */
export interface Comparison {
    readonly status: "ahead" | "behind" | "identical" | "diverged";
    readonly htmlUrl: string;
}

/** The few reads of GitHub's API that a preview needs. Writes are the GitHub provider's. */
export class GitHub {
    /** When the token ends, as the last answer said; undefined where it has no end, or none has come. */
    public tokenExpires: Date | undefined;
    /** What a classic token may do, as the last answer said; undefined for every other kind, of which GitHub does not tell. */
    public tokenScopes: readonly string[] | undefined;
    private readonly octokit: Octokit;
    private readonly owner: string;

    constructor({ baseUrl, owner }: Pick<Config["github"], "baseUrl" | "owner">, token: string) {
        this.owner = owner;
        this.octokit = octokitOf(baseUrl, token);
        const learn = (headers: Readonly<Record<string, string | number | undefined>> = {}) => {
            this.tokenExpires = expiryOf(headers["github-authentication-token-expiration"]) ?? this.tokenExpires;
            this.tokenScopes = scopesOf(headers["x-oauth-scopes"]) ?? this.tokenScopes;
        };
        this.octokit.hook.after("request", ({ headers }) => {
            learn(headers);
        });
        // A 404 has them too.
        this.octokit.hook.error("request", (error) => {
            learn((error as RequestError).response?.headers);
            throw error;
        });
    }

    /** The repository, or undefined where there is none the token can see. */
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

    /** Many repositories, each with whether it has a revision; undefined for one that the token cannot see. */
    async lookUp(wanted: readonly Wanted[]): Promise<(Looked | undefined)[]> {
        return lookUp(this.octokit, this.owner, wanted);
    }

    /** The commit behind `heads/<branch>` or `tags/<tag>`, also of an annotated tag; undefined where there is none. */
    async commit(repo: string, ref: string): Promise<string | undefined> {
        const found = await orUndefined(
            this.octokit.rest.repos.getCommit({ owner: this.owner, repo, ref }),
            [404, 409, 422],
        );
        return found?.sha;
    }

    /** Whether a tag is an object of its own, which a signature would be in, or only a name for its commit. */
    async hasTagObject(repo: string, tag: string): Promise<boolean> {
        const { data } = await this.octokit.rest.git.getRef({ owner: this.owner, repo, ref: `tags/${tag}` });
        return data.object.type === "tag";
    }

    /** The commit of an annotated tag and when the tag was made, as it says; undefined for any other tag and where there is none. */
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

    /** How one commit lies to another; undefined where GitHub does not know one of them, or no way between them. */
    async compare(repo: string, base: string, head: string): Promise<Comparison | undefined> {
        const found = await orUndefined(
            this.octokit.rest.repos.compareCommitsWithBasehead({
                owner: this.owner,
                repo,
                basehead: `${base}...${head}`,
                per_page: 1,
            }),
            [404, 422],
        );
        return found && { status: found.status, htmlUrl: found.html_url };
    }

    /** Throws with GitHub's status where the token may not see a repository's webhooks. */
    async tryWebhooks(repo: string): Promise<void> {
        await this.octokit.rest.repos.listWebhooks({ owner: this.owner, repo, per_page: 1 });
    }

    /** The deploy keys of a repository. Fails where the token may not administer it. */
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
        // An App's installation token has no user behind it: 403.
        const user = await orUndefined(this.octokit.rest.users.getAuthenticated(), [403]);
        const plan = user?.login.toLowerCase() === this.owner.toLowerCase() ? user.plan?.name : undefined;
        return { type: "user", plan, deployKeysEnabled: undefined, viewer: user?.login };
    }
}

/** A client of GitHub's API that tries again what may pass, and prints nothing. Fails where the token is none. */
export function octokitOf(baseUrl: string, token: string): Octokit {
    if (!isToken(token)) {
        throw new Error("the token for GitHub has a character in it that no token has");
    }
    return new RetryingOctokit({ auth: tokenOf(token), baseUrl: restUrl(baseUrl), log: silent, retry: { doNotRetry } });
}

// Answers that will be the same the next time. 409 is an empty repository.
const doNotRetry = [400, 401, 403, 404, 409, 410, 422, 451];

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** GitHub Enterprise Server serves REST under /api/v3, as the GitHub provider assumes too. */
export function restUrl(baseUrl: string): string {
    const { origin, hostname } = new URL(baseUrl);
    return hostname === "api.github.com" || hostname.endsWith(".ghe.com") ? origin : `${origin}/api/v3`;
}

/** What GitHub answers, or undefined where it answers with one of these statuses. */
export async function orUndefined<T>(
    response: Promise<{ data: T }>,
    absent: readonly number[],
): Promise<T | undefined> {
    try {
        return (await response).data;
    } catch (error) {
        if (statusOf(error) !== undefined && absent.includes(statusOf(error) ?? 0)) {
            return undefined;
        }
        throw error;
    }
}

/** The HTTP status of a failed request, or undefined where no answer came. */
export function statusOf(error: unknown): number | undefined {
    return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : undefined;
}

/**
 * The time in `2026-12-01 10:00:00 UTC` or `2026-12-01 10:00:00 +0200`: GitHub has both.
 * https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
 */
export function expiryOf(header: unknown): Date | undefined {
    const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))$/.exec(String(header));
    const [, day = "", time = "", hours, minutes = ""] = match ?? [];
    return match ? new Date(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes}`}`) : undefined;
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
function scopesOf(header: unknown): readonly string[] | undefined {
    return typeof header === "string" ? header.split(/, */).filter((scope) => scope !== "") : undefined;
}

function ignore(): void {
    // Octokit logs retries and deprecations to the console, in the middle of Pulumi's own display.
}
