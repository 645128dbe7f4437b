import { GitHubError } from "../reply.ts";
import type { Repository, Token } from "../store.ts";
import { allows, isAdministrator, lacking, type Permission } from "../tokens.ts";

// https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
const table: [Exclude<Permission, undefined>, string][] = [
    ["metadata=read", "repos/get repos/get-all-topics repos/list-tags repos/get-repo-rulesets repos/get-repo-ruleset"],
    ["metadata=read", "repos/list-for-authenticated-user"],
    ["contents=read", "git/get-blob git/get-commit git/get-ref git/get-tag git/get-tree git/list-matching-refs"],
    ["contents=read", "repos/compare-commits-with-basehead repos/get-branch repos/get-commit repos/get-content"],
    ["contents=read", "repos/list-branches repos/list-commits"],
    [
        "contents=write",
        "git/create-blob git/create-commit git/create-ref git/create-tag git/create-tree git/delete-ref",
    ],
    ["contents=write", "git/update-ref repos/create-or-update-file-contents repos/delete-file"],
    ["pull_requests=read", "pulls/get pulls/list"],
    ["pull_requests=write", "pulls/create pulls/update"],
    ["issues=read", "issues/list-for-repo issues/list-comments"],
    ["issues=write", "issues/create issues/update issues/create-comment issues/update-comment"],
    ["checks=read", "checks/list-for-ref"],
    ["statuses=read", "repos/list-commit-statuses-for-ref"],
    ["statuses=write", "repos/create-commit-status"],
    ["administration=read", "repos/list-deploy-keys repos/get-deploy-key repos/check-vulnerability-alerts"],
    ["administration=write", "repos/create-deploy-key repos/delete-deploy-key repos/create-repo-ruleset"],
    ["administration=write", "repos/update-repo-ruleset repos/delete-repo-ruleset repos/update repos/delete"],
    ["administration=write", "repos/create-for-authenticated-user repos/create-in-org repos/replace-all-topics"],
    ["administration=write", "repos/enable-vulnerability-alerts repos/disable-vulnerability-alerts"],
    ["repository_hooks=read", "repos/list-webhooks repos/get-webhook repos/list-webhook-deliveries"],
    ["repository_hooks=write", "repos/create-webhook repos/update-webhook repos/delete-webhook"],
];

const permissions = new Map(table.flatMap(([permission, ids]) => ids.split(" ").map((id) => [id, permission])));

/** What an App has no user for. */
const ofUsers = ["users/get-authenticated", "repos/list-for-authenticated-user", "repos/create-for-authenticated-user"];

/** The permission that GitHub wants for an operation; undefined where any token will do. */
export function permissionFor(operation: string): Permission {
    return permissions.get(operation);
}

/** Refuses, in GitHub's words, what the token or its user's role does not allow. */
export function authorize(token: Token, operation: string, repository: Repository | undefined): void {
    const permission = permissionFor(operation);
    if ((token.kind === "app" && ofUsers.includes(operation)) || !allows(token, permission, repository)) {
        throw lacking(token);
    }
    // GitHub shows webhooks to administrators alone, and tells nobody else that there are any.
    if (permission?.startsWith("repository_hooks") === true && token.kind !== "app" && !isAdministrator(token)) {
        throw lacking(token);
    }
    const deletes = operation === "repos/delete" && token.kind === "classic";
    const administers = token.kind === "app" || isAdministrator(token);
    if (
        (repository !== undefined && permission?.startsWith("administration") === true && !administers) ||
        (deletes && !token.scopes.includes("delete_repo"))
    ) {
        throw new GitHubError(403, "Must have admin rights to Repository.");
    }
}
