import type { Problem } from "../refusal";

// What may have been meant as the address of a notification, under whatever name.
const notifications = "fluxcd:notification";

// Keys of SSH, PGP and age, passwords in URLs, and GitHub's tokens: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
const secret = /PRIVATE KEY|AGE-SECRET-KEY|\bgh[a-z]_[A-Za-z0-9]|github_pat_|:\/\/[^/\s]*@/;

/** The problem without its value, where the setting is a secret or holds what looks like one: a message ends up in logs. */
export function withoutSecrets({ value, ...problem }: Problem, secretKeys: readonly string[]): Problem {
    const isSecret = secretKeys.some((key) => problem.key === key || problem.key.startsWith(`${key}.`));
    const text = value === undefined ? "" : JSON.stringify(value);
    const isAddress = problem.key.startsWith(notifications) && text.includes("://");
    const hidden = value === undefined || isSecret || isAddress || secret.test(text);
    return hidden ? problem : { ...problem, value };
}
