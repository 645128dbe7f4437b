import * as pulumi from "@pulumi/pulumi";
import type { Octokit } from "@octokit/rest";

import { githubToken, readConfig } from "../config";
import { octokitOf } from "../clients/octokit";

/** Something on GitHub that a resource is refused for, as it is there already. */
interface Left {
    /** For people. */
    readonly what: string;
    readonly remove: () => Promise<unknown>;
}

interface Where {
    readonly octokit: Octokit;
    readonly owner: string;
}

/** Finds what an interrupted update of this stack, and nobody else, can have made of a resource with these inputs. */
type Finder = (where: Where, inputs: Record<string, unknown>) => Promise<Left | undefined>;

const finders: Readonly<Record<string, readonly [RegExp, Finder]>> = {
    "github:index/repositoryDeployKey:RepositoryDeployKey": [/key is already in use/i, deployKey],
    "github:index/repositoryWebhook:RepositoryWebhook": [/hook already exists/i, webhook],
    "github:index/repositoryRuleset:RepositoryRuleset": [/name must be unique/i, ruleset],
    "github:index/branchProtection:BranchProtection": [/name must be unique|already protected/i, protection],
};

/**
 * Whether what GitHub refuses to make a second time has been taken away there, so that it can be made again. An update that
 * is killed after GitHub has done what it asked for, or that loses the answer, has made things its stack does not know of.
 * What is taken away is only what is exactly the same: a key whose other half is in this stack's state alone, a webhook whose
 * address is made of a secret of this stack, a rule with the same settings in a repository that this stack makes.
 */
export async function takeBack(args: pulumi.ErrorHookArgs): Promise<boolean> {
    const [pattern, find] = finders[args.type] ?? [];
    if (args.failedOperation !== "create" || !pattern?.test(args.errors[0] ?? "") || args.errors.length > 1) {
        return false;
    }
    const { github } = readConfig();
    const where = { octokit: octokitOf(github.baseUrl, githubToken()), owner: github.owner };
    const left = await find?.(where, await plain(args.newInputs ?? {}));
    if (left === undefined) {
        return false;
    }
    await left.remove();
    await pulumi.log.info(`${args.name}: an interrupted update has made ${left.what} already. It is made again.`);
    return true;
}

/** Without the envelopes of secrets. */
function plain(inputs: Record<string, unknown>): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
        pulumi.output(inputs).apply(resolve);
    });
}

async function deployKey({ octokit, owner }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const { repository: repo, key } = inputs as { repository: string; key: string };
    const blobOf = (text: string) => text.split(" ")[1];
    const { data } = await octokit.rest.repos.listDeployKeys({ owner, repo, per_page: 100 });
    const found = data.find((each) => blobOf(each.key) === blobOf(key));
    return (
        found && {
            what: `the deploy key ${found.title}`,
            remove: () => octokit.rest.repos.deleteDeployKey({ owner, repo, key_id: found.id }),
        }
    );
}

async function webhook({ octokit, owner }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const { repository: repo, configuration } = inputs as { repository: string; configuration: { url: string } };
    const { data } = await octokit.rest.repos.listWebhooks({ owner, repo, per_page: 100 });
    const found = data.find(({ config }) => config.url === configuration.url);
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
    const { data: all } = await octokit.rest.repos.getRepoRulesets({ owner, repo, per_page: 100 });
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

async function protection({ octokit }: Where, inputs: Record<string, unknown>): Promise<Left | undefined> {
    const wanted = inputs as unknown as ProtectionInputs;
    const { node } = await octokit.graphql<{ node: { branchProtectionRules: { nodes: Rule[] } } }>(
        `query($id: ID!) { node(id: $id) { ... on Repository { branchProtectionRules(first: 100) { nodes { ${ruleFields} } } } } }`,
        { id: wanted.repositoryId },
    );
    const found = node.branchProtectionRules.nodes.find(({ pattern }) => pattern === wanted.pattern);
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
