import type { Problem } from "../refusal";

// Keys of SSH, PGP and age, passwords in URLs, and GitHub's tokens: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
const secret = /PRIVATE KEY|AGE-SECRET-KEY|\bgh[a-z]_[A-Za-z0-9]|github_pat_|:\/\/[^/\s]*@/;

/** The problem without its value, where the setting is a secret or holds what looks like one: a message ends up in logs. */
export function withoutSecrets({ value, ...problem }: Problem, secretKeys: readonly string[]): Problem {
    const isSecret = secretKeys.some((key) => problem.key === key || problem.key.startsWith(`${key}.`));
    const hidden = value === undefined || isSecret || secret.test(JSON.stringify(value));
    return hidden ? problem : { ...problem, value };
}
