import type { Problem } from "../domain/problem";
import { apiUrlIn, firstToken, otherToken } from "./gh";

/**
 * The characters that a token in a header consists of. Quotes are not among them, which a file of variables may leave
 * around a value: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
const allowed = /^[A-Za-z0-9._~+/=-]*$/;

/** The value of the first of these variables that is not blank, without surrounding white space; empty if all are. */
export function githubToken(
    env: Readonly<NodeJS.ProcessEnv> = process.env,
    names: readonly string[] = ["GITHUB_TOKEN"],
): string {
    return tokenOf(names.map((name) => env[name] ?? "").find((text) => tokenOf(text) !== "") ?? "");
}

/**
 * A token without surrounding white space and byte order marks, which can come from a file or from pasting and are never
 * part of a token.
 */
export function tokenOf(text: string): string {
    return text.trim();
}

/**
 * Whether HTTP accepts a token in a header. If it does not, HTTP libraries quote part of the token in their messages.
 */
export function isToken(text: string): boolean {
    return allowed.test(tokenOf(text));
}

/** Returns the problem with a malformed token; undefined if there is none. Never shows a part of the token. */
export function tokenProblem(key: string, text: string, fix: string): Problem | undefined {
    if (isToken(text)) {
        return undefined;
    }
    const token = tokenOf(text);
    const what = /\s/.test(token) ? "a line break or a space" : "a character that tokens do not have";
    return { key, expected: `has ${what} in it: expected only the token, on one line`, fix };
}

/**
 * Returns the problem with `GITHUB_TOKEN`; undefined if there is none. White space around it is a problem too: the
 * GitHub provider reads the variable unchanged, Go's HTTP client rejects a line break at its end, and the provider
 * cannot be given another value than the one `pulumi` was started with.
 */
export function environmentProblem(
    env: Readonly<NodeJS.ProcessEnv> = process.env,
    apiUrl = apiUrlIn(env),
): Problem | undefined {
    const { GITHUB_TOKEN: text = "" } = env;
    const expected = "has white space around it, and the GitHub provider does not trim it: expected only the token";
    const fix = `export GITHUB_TOKEN=$(printf %s "$GITHUB_TOKEN" | LC_ALL=C tr -dc '!-~')`;
    const around: Problem = { key: "GITHUB_TOKEN", expected, fix };
    const malformed = tokenProblem("GITHUB_TOKEN", text, otherToken(apiUrl));
    return malformed ?? (text === tokenOf(text) ? undefined : around);
}

/** The problem of a missing token. */
export function missingToken(apiUrl?: string): Problem {
    return {
        key: "GITHUB_TOKEN",
        expected: "is missing: expected a token for GitHub in the environment; it is never read from a file",
        fix: firstToken(apiUrl),
    };
}
