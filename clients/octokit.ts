import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";

import { isToken, tokenOf } from "../config/token";
import { githubServer } from "../domain/githubServer";

const RetryingOctokit = Octokit.plugin(retry);

/** A client for GitHub's API. It retries temporary failures and prints nothing. Fails if the token is malformed. */
export function octokitOf(baseUrl: string, token: string): Octokit {
    if (!isToken(token)) {
        throw new Error("the GitHub token contains a character that tokens do not have");
    }
    return new RetryingOctokit({ auth: tokenOf(token), baseUrl: restUrl(baseUrl), log: silent, retry: { doNotRetry } });
}

// The statuses that another attempt would not change. GitHub answers 409 for an empty repository.
const doNotRetry = [400, 401, 403, 404, 409, 410, 422, 451];

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The address of the REST API, from `github:baseUrl`. */
export function restUrl(baseUrl: string): string {
    return githubServer(baseUrl).rest;
}

/** The data of GitHub's answer; undefined if it has one of the statuses in `absent`. */
export async function orUndefined<T>(
    response: Promise<{ data: T }>,
    absent: readonly number[],
): Promise<T | undefined> {
    try {
        return (await response).data;
    } catch (error) {
        if (statusOf(error) !== undefined && absent.includes(statusOf(error) ?? 0)) {
            return undefined;
        }
        throw error;
    }
}

/** The HTTP status of a failed request; undefined if there was no answer. */
export function statusOf(error: unknown): number | undefined {
    return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : undefined;
}

/**
 * Parses the expiry of a token, such as `2026-12-01 10:00:00 UTC` or `2026-12-01 10:00:00 +0200`: GitHub sends both
 * formats.
 * https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
 */
export function expiryOf(header: unknown): Date | undefined {
    const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))$/.exec(String(header));
    const [, day = "", time = "", hours, minutes = ""] = match ?? [];
    return match ? new Date(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes}`}`) : undefined;
}

/**
 * Parses the scopes of a token. https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 */
export function scopesOf(header: unknown): readonly string[] | undefined {
    return typeof header === "string" ? header.split(/, */).filter((scope) => scope !== "") : undefined;
}

function ignore(): void {
    // Octokit logs retries and deprecations to the console, which would break Pulumi's display.
}
