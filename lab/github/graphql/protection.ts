import { GraphQLError } from "graphql";
import { nodeId } from "../ids.ts";
import type { Members } from "../reply.ts";
import type { Protection, Repository } from "../store.ts";

/** What GitHub takes for a field of a branch protection rule that nobody gave. */
export const defaults: Members = {
    allowsDeletions: false,
    allowsForcePushes: false,
    blocksCreations: false,
    dismissesStaleReviews: false,
    isAdminEnforced: false,
    lockAllowsFetchAndMerge: false,
    lockBranch: false,
    requireLastPushApproval: false,
    requiredApprovingReviewCount: 0,
    requiredStatusCheckContexts: [],
    requiresApprovingReviews: false,
    requiresCodeOwnerReviews: false,
    requiresCommitSignatures: false,
    requiresConversationResolution: false,
    requiresLinearHistory: false,
    requiresStatusChecks: false,
    requiresStrictStatusChecks: true,
    restrictsPushes: false,
    restrictsReviewDismissals: false,
};

const actors = ["bypassForcePushActorIds", "bypassPullRequestActorIds", "pushActorIds", "reviewDismissalActorIds"];

export function protectionNodeId(repository: Repository, rule: Protection): string {
    return nodeId("BPR", repository.id, rule.id);
}

/** Takes over what a mutation's input says and leaves the rest of the rule as it is. */
export function takeOver(rule: Protection, input: Members): void {
    for (const [name, value] of Object.entries(input)) {
        if (name === "pattern") {
            rule.pattern = value as string;
        } else if (name in defaults) {
            rule.fields[name] = value ?? defaults[name];
        } else if (actors.includes(name) && Array.isArray(value) && value.length > 0) {
            throw new GraphQLError(
                `the stand-in does not serve ${name}: it knows no other actor than the token's user`,
            );
        }
    }
}

const none = {
    totalCount: 0,
    nodes: [],
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
};

export function representProtection(rule: Protection, where: Repository, repository: () => Members): Members {
    return {
        __typename: "BranchProtectionRule",
        id: protectionNodeId(where, rule),
        databaseId: rule.id,
        pattern: rule.pattern,
        ...defaults,
        ...rule.fields,
        repository,
        bypassForcePushAllowances: none,
        bypassPullRequestAllowances: none,
        pushAllowances: none,
        reviewDismissalAllowances: none,
    };
}
