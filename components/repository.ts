import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

import type { BranchProtection } from "../config";
import { FirstContent } from "./firstContent";
import { explainGitHubErrors, resumeOnGitHub } from "./githubErrors";

export interface RepositoryArgs {
    /** The repository's name under the provider's owner. */
    repository: string;
    /** Whether this stack makes the repository, takes over one that exists, or only uses one that another stack owns. */
    mode: "create" | "adopt" | "lookup";
    /** The repository as it was found. Needed unless `mode` is `create`. */
    found:
        | {
              sshUrl: string;
              httpUrl: string;
              htmlUrl: string;
              nodeId: string;
              description?: string | undefined;
              isEmpty?: boolean;
          }
        | undefined;
    /** One line for GitHub's page of the repository. */
    description: pulumi.Input<string>;
    /** Who may see a repository that this stack makes. */
    visibility: pulumi.Input<"private" | "internal" | "public">;
    /** The folder of the first content, relative to the project. */
    scaffold: pulumi.Input<string>;
    /** The rules for `main`, or undefined for none. */
    branchProtection: BranchProtection | undefined;
    /** Prefixes of the tags that cannot be moved or deleted; empty for none. */
    immutableTagPrefixes: readonly string[];
}

const branch = "main";

/**
 * A GitHub repository with its first content, a protected `main` and immutable release tags. All of it outlives the
 * stack. Protection comes after the content, which could not be pushed otherwise.
 */
export class Repository extends pulumi.ComponentResource {
    public readonly name: pulumi.Output<string>;
    public readonly sshUrl: pulumi.Output<string>;
    public readonly httpUrl: pulumi.Output<string>;
    public readonly htmlUrl: pulumi.Output<string>;
    /** What has to be there before Flux reads the repository. It need not wait for the rules, which take GitHub seconds. */
    public readonly readable: readonly pulumi.Resource[];

    constructor(name: string, args: RepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        // What was found is no input: it would be a change when the repository this stack makes is there the next time.
        const { found, ...inputs } = args;
        super("fluxcd:github:Repository", name, inputs, pulumi.mergeOptions({ retainOnDelete: true }, opts));
        const { mode, repository, immutableTagPrefixes } = args;
        // The rules of a repository that somebody else has made may be somebody else's.
        const onError = [mode === "create" ? resumeOnGitHub() : explainGitHubErrors()];
        const child = { parent: this, hooks: { onError } };

        // An update that was killed after GitHub has made the repository has left it as it is made here, and without content.
        const isLeft = found?.isEmpty === true && found.description === args.description;
        const making = { ...child, ...(isLeft && { import: repository }) };
        const made =
            mode === "create" ? new github.Repository(`${name}-repository`, settings(args), making) : undefined;
        if (made) {
            const alerts = { repository: made.name, enabled: true };
            new github.RepositoryVulnerabilityAlerts(`${name}-vulnerability-alerts`, alerts, child);
        }
        if (!made && !found) {
            throw new Error(`\`found\` is missing: mode ${mode} needs a repository ${repository} that exists.`);
        }
        this.name = made?.name ?? pulumi.output(repository);
        this.sshUrl = made?.sshCloneUrl ?? pulumi.output(found?.sshUrl ?? "");
        this.httpUrl = made?.httpCloneUrl ?? pulumi.output(found?.httpUrl ?? "");
        this.htmlUrl = made?.htmlUrl ?? pulumi.output(found?.htmlUrl ?? "");

        const pushed = { url: this.httpUrl, directory: args.scaffold, branch };
        const content = mode === "lookup" ? undefined : new FirstContent(`${name}-content`, pushed, { parent: this });
        this.readable = content ? [content] : [];
        if (content) {
            const afterContent = { ...child, dependsOn: [content] };
            if (args.branchProtection) {
                const repositoryId = made?.nodeId ?? found?.nodeId ?? "";
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
