import type { Problem } from "../domain/problem";

/** What a header takes of a token, and what every token of GitHub is made of: https://www.rfc-editor.org/rfc/rfc9110#name-field-values */
const visible = /^[\x21-\x7e]*$/;

/** The first of these variables that holds something, without the white space around it; empty where none does. */
export function githubToken(
    env: Readonly<NodeJS.ProcessEnv> = process.env,
    names: readonly string[] = ["GITHUB_TOKEN"],
): string {
    return tokenOf(names.map((name) => env[name] ?? "").find((text) => tokenOf(text) !== "") ?? "");
}

/** A token without the white space around it, which comes with a file or a paste and is never part of one. */
export function tokenOf(text: string): string {
    return text.trim();
}

/** Whether HTTP takes a token. One that it does not is named, with a part of it, in the messages of HTTP libraries. */
export function isToken(text: string): boolean {
    return visible.test(tokenOf(text));
}

/** Why a token cannot be one, by the key that holds it; undefined where it can. Never says a part of it. */
export function tokenProblem(key: string, text: string, fix: string): Problem | undefined {
    if (isToken(text)) {
        return undefined;
    }
    const token = tokenOf(text);
    const what = /\s/.test(token) ? "a line break or a space" : "a character that no token has";
    return { key, expected: `has ${what} in it: expected the token alone, on one line`, fix };
}

/**
 * The same for the token in the environment of the program. The GitHub provider reads the variable too, as it is, and Go's
 * HTTP client takes no line break at its end; nothing can hand it another value than the one `pulumi` was started with.
 */
export function environmentProblem(env: Readonly<NodeJS.ProcessEnv> = process.env): Problem | undefined {
    const { GITHUB_TOKEN: text = "" } = env;
    const expected = "has white space around it, and the GitHub provider reads it as it is: expected the token alone";
    const around: Problem = { key: "GITHUB_TOKEN", expected, fix: "export GITHUB_TOKEN=$(echo $GITHUB_TOKEN)" };
    return tokenProblem("GITHUB_TOKEN", text, exportToken) ?? (text === tokenOf(text) ? undefined : around);
}

/** The variable goes before what `gh` has kept, so it would print the same token again. */
export const exportToken = "export GITHUB_TOKEN=$(env -u GITHUB_TOKEN gh auth token)";
