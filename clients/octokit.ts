import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";

import { isToken, tokenOf } from "../config/token";
import { fetchOutside } from "./outside";
import { messageOf } from "../domain/problem";
import { githubServer } from "../domain/githubServer";

const RetryingOctokit = Octokit.plugin(retry);

/** A client for GitHub's API. It retries temporary failures and prints nothing. Fails if the token is malformed. */
export function octokitOf(baseUrl: string, token: string): Octokit {
    if (!isToken(token)) {
        throw new Error("the GitHub token contains a character that tokens do not have");
    }
    return new RetryingOctokit({
        auth: tokenOf(token),
        baseUrl: restUrl(baseUrl),
        log: silent,
        request: { fetch: patientFetch },
        retry: { doNotRetry },
    });
}

// The statuses that another attempt would not change. GitHub answers 409 for an empty repository, and 429 asks for a
// longer wait than any retry here.
const doNotRetry = [400, 401, 403, 404, 406, 409, 410, 422, 429, 451];

/** GitHub ends its own work on a request after ten seconds; a request that waits much longer gets no answer. */
const patienceMs = 30_000;

/** Fetches with a time limit. Octokit does not retry an AbortError, so one silent server costs one time limit. */
async function patientFetch(url: string, init: RequestInit = {}): Promise<Response> {
    const limit = AbortSignal.timeout(patienceMs);
    try {
        return await fetchOutside(url, {
            ...init,
            signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit,
        });
    } catch (error) {
        throw isTimeout(error) ? new DOMException("no answer in time", "AbortError") : error;
    }
}

function isTimeout(error: unknown): boolean {
    return error instanceof DOMException && (error.name === "TimeoutError" || error.name === "AbortError");
}

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
 * Whether a request failed without an answer to its question: GitHub was down or too slow, or could not make a diff, for
 * which it answers 406, 422 or 5xx.
 */
export function hasNoAnswer(error: unknown): boolean {
    const status = statusOf(error);
    return status !== undefined && (status === 406 || status === 422 || status >= 500);
}

/** The headers of the answer to a failed request; empty if there was no answer. */
export function headersOf(error: unknown): Headers {
    return (error as { readonly response?: { readonly headers?: Headers } }).response?.headers ?? {};
}

/** GitHub's words in the answer to a failed request, on one line. A gateway answers with a page of HTML. */
export function wordsOf(error: unknown): string {
    const { response } = error as { readonly response?: object };
    if (response === undefined || !(error instanceof Error)) {
        return messageOf(error);
    }
    const words = error.message.split(" - https://docs.github.com")[0]?.replaceAll(/\s+/g, " ").trim() ?? "";
    const isPage = words === "" || words.startsWith("<") || words.startsWith("Unknown error");
    return `${statusOf(error) ?? ""}${isPage ? "" : ` ${words}`}`;
}

type Headers = Readonly<Record<string, string | number | undefined>>;

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
