import { hostOf, otherToken, widerToken } from "./gh";

/** A kind of GitHub's tokens. */
export interface TokenKind {
    readonly name: string;
    /** When it ends by itself and soon, so that a day is no warning. */
    readonly lives: string | undefined;
    /** What happens to the deploy keys that it made. */
    readonly keys: string;
    /** Whether the deploy keys that it made can go with it. */
    readonly losesKeys: boolean;
}

const regenerate = "deleting it deletes the deploy keys that it made; regenerating it keeps them";

/**
 * https://github.blog/engineering/behind-githubs-new-authentication-token-formats/ has the prefixes, and
 * https://docs.github.com/en/rest/deploy-keys/deploy-keys what happens to deploy keys.
 */
const classic = { name: "a classic token", lives: undefined, keys: regenerate, losesKeys: true };
const byPrefix = {
    ghp_: classic,
    github_pat_: { name: "a fine-grained token", lives: undefined, keys: regenerate, losesKeys: true },
    gho_: {
        name: "an OAuth token, such as the one of gh auth login",
        lives: undefined,
        keys: "the deploy keys that it made are deleted when it is revoked, which GitHub also does by itself: after a year without use, and for the eleventh token of the same user, app and scopes",
        losesKeys: true,
    },
    ghu_: {
        name: "a user's token of a GitHub App",
        lives: "eight hours",
        keys: "the deploy keys that it made stay when it ends",
        losesKeys: false,
    },
    ghs_: {
        name: "a token of a GitHub App's installation",
        lives: "an hour",
        keys: "the deploy keys that it made stay when it ends",
        losesKeys: false,
    },
} satisfies Record<string, TokenKind>;

/** The kind of a token, by its prefix. A classic token from before 2021 has none. */
export function kindOfToken(token: string): TokenKind {
    return Object.entries(byPrefix).find(([prefix]) => token.startsWith(prefix))?.[1] ?? classic;
}

/** What a person does, who wants the same token with another end. */
export function renewToken(token: string, apiUrl?: string): string {
    const page = `https://${hostOf(apiUrl)}/settings`;
    switch (kindOfToken(token)) {
        case byPrefix.ghs_:
            return "make another token of the App's installation, as a job of CI does at its start (docs/ci.md)";
        case byPrefix.ghu_:
            return "make another token with the App";
        case byPrefix.gho_:
            return usedToken(token, apiUrl);
        case byPrefix.github_pat_:
            return `regenerate it at ${page}/personal-access-tokens, and export GITHUB_TOKEN again`;
        default:
            return `regenerate it at ${page}/tokens, and export GITHUB_TOKEN again`;
    }
}

/**
 * The command after which GitHub takes the token in GITHUB_TOKEN, if it refuses this one. The token of an App is made
 * where the program runs. The one of `gh` may be the refused one, so `gh` asks for another.
 */
export function usedToken(token: string, apiUrl?: string): string {
    switch (kindOfToken(token)) {
        case byPrefix.ghs_:
            return renewToken(token, apiUrl);
        case byPrefix.gho_:
            return widerToken(["repo", "workflow"], apiUrl);
        default:
            return otherToken(apiUrl);
    }
}
