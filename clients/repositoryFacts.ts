import type { Octokit } from "@octokit/rest";

import type { RepositoryName } from "./github";
import { orUndefined, statusOf } from "./octokit";

/** The state of a repository. */
export interface RepositoryState {
    /** The owner and the name, which differ from the ones asked for after a transfer or a new name. */
    readonly fullName: string;
    readonly defaultBranch: string;
    /** An archived repository is read-only. */
    readonly isArchived: boolean;
    /** GitHub serves a disabled repository to nobody. */
    readonly isDisabled: boolean;
    /** Workflows of a fork run only after somebody has enabled them. */
    readonly isFork: boolean;
}

/** The state of a repository in GitHub's answer. */
export function stateOf(
    found: {
        readonly full_name?: string;
        readonly default_branch?: string;
        readonly archived?: boolean;
        readonly disabled?: boolean;
        readonly fork?: boolean;
    },
    askedFor: string,
): RepositoryState {
    return {
        // Older servers and proxies leave some of these out.
        fullName: found.full_name ?? askedFor,
        defaultBranch: found.default_branch ?? "main",
        isArchived: found.archived ?? false,
        isDisabled: found.disabled ?? false,
        isFork: found.fork ?? false,
    };
}

/** The names of at most a hundred branches; empty for an empty repository. */
export async function branchesOf(octokit: Octokit, at: RepositoryName): Promise<readonly string[]> {
    const found = await orUndefined(octokit.rest.repos.listBranches({ ...at, per_page: 100 }), [404, 409]);
    return (found ?? []).map(({ name }) => name);
}

/** A ruleset, also one of the organization, as far as it protects tags or branches. */
export interface Ruleset {
    readonly name: string;
    readonly target: string;
    readonly isActive: boolean;
    /** Patterns such as `refs/tags/v*`, and `~ALL` and `~DEFAULT_BRANCH`. */
    readonly includes: readonly string[];
    readonly excludes: readonly string[];
    /** The types of its rules, such as `deletion`. */
    readonly rules: readonly string[];
}

/**
 * The rulesets that apply to a repository, those of its organization included; empty on a plan or a server without
 * rulesets. https://docs.github.com/en/rest/repos/rules
 */
export async function rulesetsOf(octokit: Octokit, at: RepositoryName): Promise<readonly Ruleset[]> {
    const listed = octokit.paginate(octokit.rest.repos.getRepoRulesets, { ...at, per_page: 100 });
    const all =
        (await orUndefined(
            listed.then((data) => ({ data })),
            notOffered,
        )) ?? [];
    return Promise.all(
        all.map(async ({ id, name, target = "branch", enforcement }) => {
            const asked = octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id });
            const { conditions, rules = [] } = (await orUndefined(asked, notOffered)) ?? {};
            const { include = [], exclude = [] } =
                conditions && "ref_name" in conditions ? (conditions.ref_name ?? {}) : {};
            const isActive = enforcement === "active";
            return {
                name,
                target,
                isActive,
                includes: include,
                excludes: exclude,
                rules: rules.map(({ type }) => type),
            };
        }),
    );
}

/** GitHub answers 403 on a plan without rulesets, and a server without them 404. */
const notOffered = [403, 404];

/** The patterns of the classic rules for branches; empty if the token may not see them. */
export async function protectedPatterns(octokit: Octokit, nodeId: string): Promise<readonly string[]> {
    const query =
        "query($id: ID!) { node(id: $id) { ... on Repository { branchProtectionRules(first: 100) { nodes { pattern } } } } }";
    const asked = octokit.graphql<Protected>(query, { id: nodeId });
    const { node } = await asked.catch((): Protected => ({}));
    return (node?.branchProtectionRules?.nodes ?? []).map(({ pattern }) => pattern);
}

interface Protected {
    readonly node?: { readonly branchProtectionRules?: { readonly nodes: readonly { readonly pattern: string }[] } };
}

/** Whether GitHub protects a branch that exists, by a classic rule or a ruleset. */
export async function isProtected(octokit: Octokit, at: RepositoryName, branch: string): Promise<boolean> {
    return (await orUndefined(octokit.rest.repos.getBranch({ ...at, branch }), [404]))?.protected === true;
}

/** The names of the checks that have reported on a commit; empty if the token may not see them. */
export async function checksOn(octokit: Octokit, at: RepositoryName, ref: string): Promise<readonly string[]> {
    const on = { ...at, ref };
    const { checks, repos } = octokit.rest;
    const [runs, statuses] = await Promise.all([
        octokit.paginate(checks.listForRef, { ...on, filter: "latest", per_page: 100 }).catch(noneIfUnseen),
        octokit.paginate(repos.listCommitStatusesForRef, { ...on, per_page: 100 }).catch(noneIfUnseen),
    ]);
    return [...runs.map(({ name }) => name), ...statuses.map(({ context }) => context)];
}

/** A token without the right, a server without checks, or a branch without a commit. */
function noneIfUnseen(error: unknown): [] {
    if (![403, 404, 409, 422].includes(statusOf(error) ?? 0)) {
        throw error;
    }
    return [];
}
