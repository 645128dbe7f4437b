import type { Problem } from "../domain/problem";

// What may have been meant as the address of a notification, under whatever name.
const notifications = "fluxcd:notification";

// Keys of SSH, PGP and age, passwords in URLs, and GitHub's tokens: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
const secret = /PRIVATE KEY|AGE-SECRET-KEY|\bgh[a-z]_[A-Za-z0-9]|github_pat_|:\/\/[^/\s]*@/;

// A shorter one could be any part of a sentence.
const shortest = 4;

/** The problem without any secret, and without its value where that is one or looks like one: a message ends up in logs. */
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
    const isHidden = isSecret || isAddress || secret.test(text) || masked(text, hidden) !== text;
    return value === undefined || isHidden ? told : { ...told, value };
}

function masked(text: string, hidden: readonly string[]): string {
    return hidden.reduce((so, it) => so.replaceAll(it, "[secret]"), text);
}

/** The texts in a setting, which is JSON where it is no text itself; also as JSON and YAML write them. */
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
        // It is a text.
    }
    const written = found.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
    return [...new Set(written)].filter((text) => text.length >= shortest).sort((a, b) => b.length - a.length);
}
