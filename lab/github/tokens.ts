import { GitHubError, notFound } from "./reply.ts";
import type { Repository, Token } from "./store.ts";

export type Access = "read" | "write";

/** One permission that GitHub wants for an operation; undefined where it wants none. */
export type Permission = `${string}=${Access}` | undefined;

/** Whether a token gets to see a repository at all; GitHub tells it nothing of any other. */
export function sees(token: Token | undefined, repository: Repository): boolean {
    if (repository.visibility === "public") {
        return true;
    }
    return token?.kind === "classic" ? token.scopes.includes("repo") : selected(token, repository);
}

function selected(token: Token | undefined, repository: Repository): boolean {
    const name = `${repository.owner}/${repository.name}`.toLowerCase();
    return token !== undefined && (token.repositories?.some((one) => one.toLowerCase() === name) ?? true);
}

/** Whether a token may do what needs this permission, as its user's role or its App allows. */
export function allows(token: Token | undefined, permission: Permission, repository: Repository | undefined): boolean {
    const [name = "", access = ""] = (permission ?? "metadata=read").split("=");
    const reading = access === "read" && !["administration", "repository_hooks"].includes(name);
    if (name === "metadata" || (reading && repository?.visibility === "public")) {
        return true;
    }
    if (token === undefined) {
        return false;
    }
    if (token.kind === "classic") {
        return (
            token.scopes.includes("repo") ||
            (repository?.visibility !== "private" && token.scopes.includes("public_repo"))
        );
    }
    const granted = token.permissions[name];
    return (
        (repository === undefined || selected(token, repository)) &&
        (granted === "write" || (granted === "read" && access === "read"))
    );
}

/** GitHub's words for a token that lacks a permission: a classic one is told that there is nothing. */
export function lacking(token: Token): GitHubError {
    if (token.kind === "classic") {
        return notFound();
    }
    const kind = token.kind === "app" ? "integration" : "personal access token";
    return new GitHubError(403, `Resource not accessible by ${kind}`);
}

export function isAdministrator(token: Token): boolean {
    return token.role === "admin";
}

/** What GitHub says of the token with every answer: what it may do, and what would have been enough. */
export function tokenHeaders(
    token: Token,
    operation: string,
    permission: Permission,
    expiresAt: string,
): Record<string, string> {
    const ends = (token.expiresAt ?? expiresAt).slice(0, 19).replace("T", " ");
    const expires = { "github-authentication-token-expiration": `${ends} UTC` };
    if (token.kind === "classic") {
        const accepted = operation === "repos/delete" ? "delete_repo" : operation.startsWith("users/") ? "" : "repo";
        return { "x-oauth-scopes": token.scopes.join(", "), "x-accepted-oauth-scopes": accepted, ...expires };
    }
    const accepted = { "x-accepted-github-permissions": permission ?? "allows_permissionless_access=true" };
    return token.kind === "app" ? accepted : { ...accepted, ...expires };
}
