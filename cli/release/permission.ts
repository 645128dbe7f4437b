import { scopesOf, statusOf, wordsOf } from "../../clients/octokit";
import { widerToken } from "../../config/gh";
import { askGitHub, remedyOf } from "../../explain/githubAnswers";
import { messageOf, type Problem } from "../../domain/problem";
import { CommandError, exitCodes } from "../terminal/exit";

/** The permission that a request to GitHub needs, as it is called for a fine-grained token. */
export type Permission =
    "Contents: read" | "Contents: write" | "Pull requests: write" | "Administration: read and write";

type Headers = Readonly<Record<string, string | number | undefined>>;
/** Whether the headers of an answer say what the token lacks. */
function isAboutToken(error: unknown): boolean {
    const lacksPermission = /not accessible by|must have admin rights/i;
    return lacksPermission.test(messageOf(error)) || (headersOf(error)["x-github-sso"] ?? "") !== "";
}

/** Waits for a request. If GitHub refuses it, the error names the missing permission. */
export async function permitted<T>(what: string, needs: Permission, request: Promise<T>): Promise<T> {
    try {
        return await request;
    } catch (error) {
        const status = statusOf(error);
        const refused = `GitHub does not let this token ${what}.`;
        const problem = isAboutToken(error) ? undefined : refusalOf(error);
        if (problem) {
            throw new CommandError(exitCodes.failed, refused, [problem], { cause: error });
        }
        // GitHub answers 404 instead of 403 if the token may not know that the object exists.
        if (status !== 401 && status !== 403 && status !== 404) {
            throw error;
        }
        const lack = missingPermission(needs, messageOf(error), headersOf(error), urlOf(error));
        throw new CommandError(exitCodes.failed, refused, [lack], { cause: error });
    }
}

/** What an answer says that is not about the token's permissions; undefined for an answer to the request itself. */
function refusalOf(error: unknown): Problem | undefined {
    const status = statusOf(error);
    const remedy = status === 403 || status === 422 || status === 429 ? remedyOf(error, "<stack>") : undefined;
    const fix = remedy ?? (status === 429 ? askGitHub : undefined);
    return fix === undefined ? undefined : { key: "GITHUB_TOKEN", expected: `GitHub answered ${wordsOf(error)}`, fix };
}

/**
 * The problem with the token, from the headers of GitHub's answer. Only for a classic token do they list its scopes.
 */
export function missingPermission(needs: Permission, message: string, headers: Headers, url?: string): Problem {
    const scopes = headers["x-oauth-scopes"];
    const accepted = headers["x-accepted-github-permissions"];
    const sso = headers["x-github-sso"];
    const key = "GITHUB_TOKEN";
    if (typeof sso === "string" && sso !== "") {
        const url = /url=(\S+)/.exec(sso)?.[1] ?? "https://github.com/settings/tokens";
        return {
            key,
            expected: `must be authorized for the organization's single sign-on: ${message}`,
            fix: `open ${url}`,
        };
    }
    if (typeof scopes === "string") {
        const accepted = scopesOf(headers["x-accepted-oauth-scopes"]) ?? [];
        const wanted = accepted.includes("repo") ? "repo" : (accepted[0] ?? "repo");
        return {
            key,
            expected: `is a classic token with the scopes ${scopes || "(none)"}, but this needs ${wanted}: ${message}; its user must have write access, too`,
            fix: widerToken([wanted], url),
        };
    }
    return {
        key,
        expected: `lacks a permission, or its owner has no access to the repository: ${message}${
            accepted === undefined ? "" : ` (GitHub accepts ${accepted})`
        }`,
        fix: `give the token, or the App and its installation, the repository permission ${needs}`,
    };
}

function headersOf(error: unknown): Headers {
    const { response } = error as { readonly response?: { readonly headers?: Headers } };
    return response?.headers ?? {};
}

/** The address that was asked, which says what GitHub it is. */
function urlOf(error: unknown): string | undefined {
    const { request } = error as { readonly request?: { readonly url?: string } };
    return request?.url;
}
