import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";

import { isToken, tokenOf } from "../config/token";

const RetryingOctokit = Octokit.plugin(retry);

/** A client of GitHub's API that tries again what may pass, and prints nothing. Fails where the token is none. */
export function octokitOf(baseUrl: string, token: string): Octokit {
    if (!isToken(token)) {
        throw new Error("the token for GitHub has a character in it that no token has");
    }
    return new RetryingOctokit({ auth: tokenOf(token), baseUrl: restUrl(baseUrl), log: silent, retry: { doNotRetry } });
}

// Answers that will be the same the next time. 409 is an empty repository.
const doNotRetry = [400, 401, 403, 404, 409, 410, 422, 451];

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** GitHub Enterprise Server serves REST under /api/v3, as the GitHub provider assumes too. */
export function restUrl(baseUrl: string): string {
    const { origin, hostname } = new URL(baseUrl);
    return hostname === "api.github.com" || hostname.endsWith(".ghe.com") ? origin : `${origin}/api/v3`;
}

/** What GitHub answers, or undefined where it answers with one of these statuses. */
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

/** The HTTP status of a failed request, or undefined where no answer came. */
export function statusOf(error: unknown): number | undefined {
    return error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : undefined;
}

/**
 * The time in `2026-12-01 10:00:00 UTC` or `2026-12-01 10:00:00 +0200`: GitHub has both.
 * https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
 */
export function expiryOf(header: unknown): Date | undefined {
    const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))$/.exec(String(header));
    const [, day = "", time = "", hours, minutes = ""] = match ?? [];
    return match ? new Date(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes}`}`) : undefined;
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
export function scopesOf(header: unknown): readonly string[] | undefined {
    return typeof header === "string" ? header.split(/, */).filter((scope) => scope !== "") : undefined;
}

function ignore(): void {
    // Octokit logs retries and deprecations to the console, in the middle of Pulumi's own display.
}
