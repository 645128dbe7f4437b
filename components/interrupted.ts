import * as pulumi from "@pulumi/pulumi";
import type { Octokit } from "@octokit/rest";

/** An object on GitHub that blocks the creation of a resource because it already exists. */
interface Left {
    /** Its name in a message. */
    readonly what: string;
    readonly remove: () => Promise<unknown>;
}

export interface Where {
    readonly octokit: Octokit;
    readonly owner: string;
}

/**
 * Finds the object on GitHub that only an interrupted update of this stack can have created for a resource with these
 * inputs.
 */
type Finder = (where: Where, inputs: Record<string, unknown>) => Promise<Left | undefined>;

const finders: Readonly<Record<string, readonly [RegExp, Finder]>> = {
    "github:index/repositoryDeployKey:RepositoryDeployKey": [/key is already in use/i, deployKey],
    "github:index/repositoryWebhook:RepositoryWebhook": [/hook already exists/i, webhook],
    "github:index/repositoryRuleset:RepositoryRuleset": [/name must be unique/i, ruleset],
    "github:index/branchProtection:BranchProtection": [/name must be unique|already protected/i, protection],
};

/**
 * Deletes an object on GitHub that blocks the creation of the same object, so that Pulumi can retry; returns whether it
 * did. An update that is killed after GitHub's change, or that loses the answer, leaves objects that its stack does not
 * know. Only an exact match is deleted: a key whose private key is only in this stack's state, a webhook whose address
 * contains a secret of this stack, or a rule with the same settings in a repository that this stack creates.
 */
export async function takeBack(args: pulumi.ErrorHookArgs, where: Where): Promise<boolean> {
    const [pattern, find] = finders[args.type] ?? [];
    if (args.failedOperation !== "create" || !pattern?.test(args.errors[0] ?? "") || args.errors.length > 1) {
        return false;
    }
    const left = await find?.(where, await plain(args.newInputs ?? {}));
    if (left === undefined) {
        return false;
    }
    await left.remove();
    await pulumi.log.info(
        `${args.name}: an interrupted update has already created ${left.what}. It was deleted, and is created again.`,
    );
    return true;
}

/** The inputs without the envelopes of secrets. */
function plain(inputs: Record<string, unknown>): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
        pulumi.output(inputs).apply(resolve);
    });
}

async function deployKey({ octokit, owner }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const { repository: repo, key } = inputs as { repository: string; key: string };
    const blobOf = (text: string) => text.split(" ")[1];
    const { listDeployKeys } = octokit.rest.repos;
    const all = await octokit.paginate(listDeployKeys, { owner, repo, per_page: 100 });
    const found = all.find((each) => blobOf(each.key) === blobOf(key));
    return (
        found && {
            what: `the deploy key ${found.title}`,
            remove: () => octokit.rest.repos.deleteDeployKey({ owner, repo, key_id: found.id }),
        }
    );
}

async function webhook({ octokit, owner }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const { repository: repo, configuration } = inputs as { repository: string; configuration: { url: string } };
    const all = await octokit.paginate(octokit.rest.repos.listWebhooks, { owner, repo, per_page: 100 });
    const found = all.find(({ config }) => config.url === configuration.url);
    return (
        found && {
            what: "the webhook",
            remove: () => octokit.rest.repos.deleteWebhook({ owner, repo, hook_id: found.id }),
        }
    );
}

interface RulesetInputs {
    readonly name: string;
    readonly repository: string;
    readonly target: string;
    readonly enforcement: string;
    readonly conditions: { readonly refName: { readonly includes: string[]; readonly excludes: string[] } };
    readonly rules: Readonly<Record<string, boolean>>;
}

async function ruleset({ octokit, owner }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const { name, repository: repo, target, enforcement, conditions, rules } = inputs as unknown as RulesetInputs;
    const all = await octokit.paginate(octokit.rest.repos.getRepoRulesets, { owner, repo, per_page: 100 });
    const id = all.find((each) => each.name === name)?.id;
    if (id === undefined) {
        return undefined;
    }
    const { data: found } = await octokit.rest.repos.getRepoRuleset({ owner, repo, ruleset_id: id });
    const { include = [], exclude = [] } =
        found.conditions && "ref_name" in found.conditions ? (found.conditions.ref_name ?? {}) : {};
    const wanted = Object.keys(rules).filter((rule) => rules[rule] === true);
    const isSame =
        found.target === target &&
        found.enforcement === enforcement &&
        (found.bypass_actors ?? []).length === 0 &&
        alike(include, conditions.refName.includes) &&
        alike(exclude, conditions.refName.excludes) &&
        alike(found.rules?.map(({ type }) => type) ?? [], wanted.map(snakeCase));
    return isSame
        ? {
              what: `the ruleset ${name}`,
              remove: () => octokit.rest.repos.deleteRepoRuleset({ owner, repo, ruleset_id: id }),
          }
        : undefined;
}

interface ProtectionInputs {
    readonly repositoryId: string;
    readonly pattern: string;
    readonly enforceAdmins: boolean;
    readonly requiredLinearHistory: boolean;
    readonly requiredPullRequestReviews?: readonly [{ readonly requiredApprovingReviewCount: number }];
    readonly requiredStatusChecks?: readonly [{ readonly contexts: string[] }];
}

interface Rule {
    readonly id: string;
    readonly pattern: string;
    readonly isAdminEnforced: boolean;
    readonly allowsDeletions: boolean;
    readonly allowsForcePushes: boolean;
    readonly requiresLinearHistory: boolean;
    readonly requiresApprovingReviews: boolean;
    readonly requiredApprovingReviewCount: number | null;
    readonly requiredStatusCheckContexts: readonly string[] | null;
}

const ruleFields =
    "id pattern isAdminEnforced allowsDeletions allowsForcePushes requiresLinearHistory requiresApprovingReviews requiredApprovingReviewCount requiredStatusCheckContexts";

interface RulesPage {
    readonly node: {
        readonly branchProtectionRules: {
            readonly nodes: readonly Rule[];
            readonly pageInfo?: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        };
    };
}

async function branchRules(octokit: Octokit, id: string): Promise<readonly Rule[]> {
    const rules: Rule[] = [];
    let after: string | null | undefined;
    do {
        const page: RulesPage = await octokit.graphql<RulesPage>(
            `query($id: ID!, $after: String) { node(id: $id) { ... on Repository { branchProtectionRules(first: 100, after: $after) { nodes { ${ruleFields} } pageInfo { hasNextPage endCursor } } } } }`,
            { id, after: after ?? null },
        );
        const { nodes, pageInfo } = page.node.branchProtectionRules;
        rules.push(...nodes);
        after = pageInfo?.hasNextPage === true ? pageInfo.endCursor : undefined;
    } while (after !== undefined && after !== null);
    return rules;
}

async function protection({ octokit }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const wanted = inputs as unknown as ProtectionInputs;
    const all = await branchRules(octokit, wanted.repositoryId);
    const found = all.find(({ pattern }) => pattern === wanted.pattern);
    const reviews = wanted.requiredPullRequestReviews?.[0].requiredApprovingReviewCount ?? 0;
    const isSame =
        found?.isAdminEnforced === wanted.enforceAdmins &&
        found.requiresLinearHistory === wanted.requiredLinearHistory &&
        !found.allowsDeletions &&
        !found.allowsForcePushes &&
        (found.requiresApprovingReviews ? (found.requiredApprovingReviewCount ?? 0) : 0) === reviews &&
        alike(found.requiredStatusCheckContexts ?? [], wanted.requiredStatusChecks?.[0].contexts ?? []);
    const mutation =
        "mutation($id: ID!) { deleteBranchProtectionRule(input: { branchProtectionRuleId: $id }) { clientMutationId } }";
    return isSame
        ? { what: `the rule for ${found.pattern}`, remove: () => octokit.graphql(mutation, { id: found.id }) }
        : undefined;
}

function alike(some: readonly string[], others: readonly string[]): boolean {
    return JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());
}

function snakeCase(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
