import type { Problem } from "../domain/problem";

// The prefix of every key under which a user may have put the address of a notification, misspelled or not.
const notifications = "fluxcd:notification";

// SSH, PGP and age keys, passwords in URLs, and GitHub's tokens:
// https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
const secret = /PRIVATE KEY|AGE-SECRET-KEY|\bgh[a-z]_[A-Za-z0-9]|github_pat_|:\/\/[^/\s]*@/;

// The keys under which a user may have put a secret of any form, misspelled or not, such as github:token.
const secretKey = /(token|password|privateKey|secret)$/i;

// Masking shorter secrets would also mask parts of ordinary words.
const shortest = 4;

/**
 * The problem without secrets. Its value is left out if it is a secret or looks like one, because messages end up in
 * logs.
 */
export function withoutSecrets(
    { value, ...problem }: Problem,
    { values, secrets }: { readonly values: Readonly<Record<string, string>>; readonly secrets: readonly string[] },
): Problem {
    const isSecret = secrets.some(
        (key) => problem.key === key || [".", "["].some((it) => problem.key.startsWith(key + it)),
    );
    const text = value === undefined ? "" : JSON.stringify(value);
    const isAddress = problem.key.startsWith(notifications) && text.includes("://");
    const hidden = secrets.flatMap((key) => textsIn(values[key] ?? ""));
    const told = {
        ...problem,
        expected: masked(problem.expected, hidden),
        fix: masked(problem.fix, hidden),
    };
    const isHidden =
        isSecret || isAddress || secretKey.test(problem.key) || secret.test(text) || masked(text, hidden) !== text;
    return value === undefined || isHidden ? told : { ...told, value };
}

function masked(text: string, hidden: readonly string[]): string {
    return hidden.reduce((so, it) => so.replaceAll(it, "[secret]"), text);
}

/**
 * All strings in a setting, which is JSON unless it is a string itself. Each one also in its escaped form, as JSON and
 * YAML write it.
 */
function textsIn(setting: string): string[] {
    const found: string[] = [setting];
    try {
        JSON.parse(setting, (_, value: unknown) => {
            if (typeof value === "string") {
                found.push(value);
            }
            return value;
        });
    } catch {
        // Not JSON, so the setting is one string.
    }
    const written = found.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
    return [...new Set(written)].filter((text) => text.length >= shortest).sort((a, b) => b.length - a.length);
}
