import { headersOf, statusOf, wordsOf } from "../clients/octokit";
import { explainGitHubError } from "./githubErrors";

/** The step after a refusal in words that the program does not know. */
export const askGitHub = "GitHub's words say why; docs/github-token.md has what the token needs";

/** What to do about an answer with which GitHub refused a request; undefined if its words are not known. */
export function remedyOf(error: unknown, stack: string, now = new Date()): string | undefined {
    const headers = headersOf(error);
    // GitHub has the address in this header only: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    const [, authorize] = /\burl=(\S+)/.exec(String(headers["x-github-sso"] ?? "")) ?? [];
    if (authorize !== undefined) {
        return `open ${authorize}   (it authorizes the token for the organization's single sign-on)`;
    }
    const renewed = renewedAt(error, now);
    if (renewed !== undefined) {
        return `wait until ${renewed.toISOString().replace(/\.\d+Z$/, "Z")}, and run this again`;
    }
    // The error's own text has no address, by which the explanations name pages.
    const { request } = error as { readonly request?: { readonly url?: string } };
    return explainGitHubError(`${request?.url ?? ""} ${wordsOf(error)}`, stack);
}

/**
 * The time from which GitHub accepts requests again; undefined if the answer is not about a rate limit.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
 */
function renewedAt(error: unknown, now: Date): Date | undefined {
    const status = statusOf(error);
    if (status !== 403 && status !== 429) {
        return undefined;
    }
    const { "retry-after": wait, "x-ratelimit-remaining": left, "x-ratelimit-reset": reset } = headersOf(error);
    if (wait !== undefined && Number.isFinite(Number(wait))) {
        return new Date(now.getTime() + Number(wait) * 1000);
    }
    return String(left) === "0" && Number(reset) > 0 ? new Date(Number(reset) * 1000) : undefined;
}
