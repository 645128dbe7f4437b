import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

import type { BranchRules, RepositoryPlan } from "../checks/plans";
import type { FoundRepository } from "../clients/github";
import type { BranchProtection } from "../config";
import { FirstContent } from "./firstContent";
import type { Hooks } from "./hooks";

export interface RepositoryArgs {
    /** The repository's name under the provider's owner. */
    repository: string;
    /** Whether this stack or another one owns the repository. */
    mode: "manage" | "lookup";
    /** The repository as it exists on GitHub; undefined if it does not. */
    found: FoundRepository | undefined;
    /** What this run does with it. */
    plan: RepositoryPlan;
    /** One line, shown on the repository's page on GitHub. */
    description: pulumi.Input<string>;
    /** The visibility of a repository that this stack creates. */
    visibility: pulumi.Input<"private" | "internal" | "public">;
    /** The folder with the first content, relative to the project. */
    scaffold: pulumi.Input<string>;
    /** The rules for `main` in the stack file; undefined for none. */
    branchProtection: BranchProtection | undefined;
    /** The prefixes of the tags that nobody can move or delete; empty for none. */
    immutableTagPrefixes: readonly string[];
    hooks: Pick<Hooks, "explainGitHub" | "resumeOnGitHub">;
}

/**
 * A GitHub repository with its first content, a protected `main` and immutable release tags, as far as they did not
 * exist before. All of it outlives the stack. The content is pushed before the protection, which would refuse it.
 */
export class Repository extends pulumi.ComponentResource {
    public readonly name: pulumi.Output<string>;
    public readonly sshUrl: pulumi.Output<string>;
    public readonly httpUrl: pulumi.Output<string>;
    public readonly htmlUrl: pulumi.Output<string>;
    /**
     * The resources that must exist before Flux reads the repository. The rules are not among them: GitHub needs
     * seconds for them.
     */
    public readonly readable: readonly pulumi.Resource[];

    constructor(name: string, args: RepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        // What is found is not an input: otherwise, a repository that this stack created would cause a change in the
        // next run.
        const { found, plan, hooks, ...inputs } = args;
        super("fluxcd:github:Repository", name, inputs, pulumi.mergeOptions({ retainOnDelete: true }, opts));
        const { repository } = args;
        const { branch, branchRules, immutableTagPrefixes } = plan;
        const isKept = plan.repository === "keep";
        // The rules of a repository that this stack did not create may belong to someone else.
        const onError = [isKept ? hooks.explainGitHub : hooks.resumeOnGitHub];
        const child = { parent: this, hooks: { onError } };

        const making = { ...child, ...(plan.repository === "import" && { import: repository }) };
        const made = isKept ? undefined : new github.Repository(`${name}-repository`, settings(args), making);
        if (!made && !found) {
            throw new Error(`\`found\` is missing: a repository ${repository} that is kept must exist.`);
        }
        this.name = made?.name ?? pulumi.output(repository);
        this.sshUrl = made?.sshCloneUrl ?? pulumi.output(found?.sshUrl ?? "");
        this.httpUrl = made?.httpCloneUrl ?? pulumi.output(found?.httpUrl ?? "");
        this.htmlUrl = made?.htmlUrl ?? pulumi.output(found?.htmlUrl ?? "");

        const pushed = { url: this.httpUrl, directory: args.scaffold, branch };
        const content = plan.hasContent ? [new FirstContent(`${name}-content`, pushed, { parent: this })] : [];
        this.readable = content;
        const afterContent = { ...child, dependsOn: content };
        if (branchRules) {
            const rules = protection(made?.nodeId ?? found?.nodeId ?? "", branch, branchRules);
            new github.BranchProtection(`${name}-${branch}`, rules, afterContent);
        }
        if (immutableTagPrefixes.length > 0) {
            const rules = immutableTags(this.name, immutableTagPrefixes);
            new github.RepositoryRuleset(`${name}-release-tags`, rules, afterContent);
        }
        this.registerOutputs({ name: this.name, sshUrl: this.sshUrl, httpUrl: this.httpUrl, htmlUrl: this.htmlUrl });
    }
}

function settings({ repository, description, visibility }: RepositoryArgs): github.RepositoryArgs {
    return {
        name: repository,
        description,
        visibility,
        hasIssues: true,
        hasProjects: false,
        hasWiki: false,
        allowMergeCommit: false,
        allowRebaseMerge: false,
        allowSquashMerge: true,
        squashMergeCommitTitle: "PR_TITLE",
        squashMergeCommitMessage: "PR_BODY",
        deleteBranchOnMerge: true,
    };
}

function protection(
    repositoryId: pulumi.Input<string>,
    branch: string,
    rules: BranchRules,
): github.BranchProtectionArgs {
    const { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins } = rules;
    return {
        repositoryId,
        pattern: branch,
        enforceAdmins,
        allowsDeletions: false,
        allowsForcePushes: false,
        requiredLinearHistory: requireLinearHistory,
        ...(requiredReviews > 0 && {
            // Without a file CODEOWNERS, the last one asks for nothing.
            requiredPullRequestReviews: [
                {
                    requiredApprovingReviewCount: requiredReviews,
                    dismissStaleReviews: true,
                    requireCodeOwnerReviews: true,
                },
            ],
        }),
        ...(requiredCheck !== "" && { requiredStatusChecks: [{ strict: true, contexts: [requiredCheck] }] }),
    };
}

function immutableTags(repository: pulumi.Input<string>, prefixes: readonly string[]): github.RepositoryRulesetArgs {
    return {
        name: "release-tags",
        repository,
        target: "tag",
        enforcement: "active",
        conditions: { refName: { includes: prefixes.map((prefix) => `refs/tags/${prefix}*`), excludes: [] } },
        rules: { update: true, deletion: true, nonFastForward: true },
    };
}
