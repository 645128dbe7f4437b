import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

import type { FoundSource } from "../checks/sources";
import type { BranchProtection } from "../config";
import { FirstContent } from "./firstContent";
import type { Hooks } from "./hooks";

export interface RepositoryArgs {
    /** The repository's name under the provider's owner. */
    repository: string;
    /** Whether this stack creates the repository, adopts an existing one, or only uses one that another stack owns. */
    mode: "create" | "adopt" | "lookup";
    /** The repository as it exists on GitHub. Required unless `mode` is `create`. */
    found: Pick<FoundSource, "repository" | "isEmpty"> | undefined;
    /** One line, shown on the repository's page on GitHub. */
    description: pulumi.Input<string>;
    /** The visibility of a repository that this stack creates. */
    visibility: pulumi.Input<"private" | "internal" | "public">;
    /** The folder with the first content, relative to the project. */
    scaffold: pulumi.Input<string>;
    /** The rules for `main`; undefined for none. */
    branchProtection: BranchProtection | undefined;
    /** The prefixes of the tags that cannot be moved or deleted; empty for none. */
    immutableTagPrefixes: readonly string[];
    hooks: Pick<Hooks, "explainGitHub" | "resumeOnGitHub">;
}

const branch = "main";

/**
 * A GitHub repository with its first content, a protected `main` and immutable release tags. All of it outlives the
 * stack. The content is pushed before the protection, which would refuse it.
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
        // `found` is not an input: otherwise, a repository that this stack created would cause a change in the next
        // run.
        const { found, hooks, ...inputs } = args;
        super("fluxcd:github:Repository", name, inputs, pulumi.mergeOptions({ retainOnDelete: true }, opts));
        const { mode, repository, immutableTagPrefixes } = args;
        // The rules of a repository that this stack did not create may belong to someone else.
        const onError = [mode === "create" ? hooks.resumeOnGitHub : hooks.explainGitHub];
        const child = { parent: this, hooks: { onError } };

        // A killed update may have created the repository without recording it. It then has this description and no
        // content.
        const existing = found?.repository;
        const isLeft = found?.isEmpty === true && existing?.description === args.description;
        const making = { ...child, ...(isLeft && { import: repository }) };
        const made =
            mode === "create" ? new github.Repository(`${name}-repository`, settings(args), making) : undefined;
        if (!made && !existing) {
            throw new Error(`\`found\` is missing: mode ${mode} needs a repository ${repository} that exists.`);
        }
        this.name = made?.name ?? pulumi.output(repository);
        this.sshUrl = made?.sshCloneUrl ?? pulumi.output(existing?.sshUrl ?? "");
        this.httpUrl = made?.httpCloneUrl ?? pulumi.output(existing?.httpUrl ?? "");
        this.htmlUrl = made?.htmlUrl ?? pulumi.output(existing?.htmlUrl ?? "");

        const pushed = { url: this.httpUrl, directory: args.scaffold, branch };
        const content = mode === "lookup" ? undefined : new FirstContent(`${name}-content`, pushed, { parent: this });
        this.readable = content ? [content] : [];
        if (content) {
            const afterContent = { ...child, dependsOn: [content] };
            if (args.branchProtection) {
                const repositoryId = made?.nodeId ?? existing?.nodeId ?? "";
                const rules = protection(repositoryId, args.branchProtection);
                new github.BranchProtection(`${name}-${branch}`, rules, afterContent);
            }
            if (immutableTagPrefixes.length > 0) {
                const rules = immutableTags(this.name, immutableTagPrefixes);
                new github.RepositoryRuleset(`${name}-release-tags`, rules, afterContent);
            }
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

function protection(repositoryId: pulumi.Input<string>, rules: BranchProtection): github.BranchProtectionArgs {
    const { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins } = rules;
    return {
        repositoryId,
        pattern: branch,
        enforceAdmins,
        allowsDeletions: false,
        allowsForcePushes: false,
        requiredLinearHistory: requireLinearHistory,
        ...(requiredReviews > 0 && {
            requiredPullRequestReviews: [{ requiredApprovingReviewCount: requiredReviews, dismissStaleReviews: true }],
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
