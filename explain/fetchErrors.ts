import type { Source } from "../clients/cluster";

/** The cause of a failure, and a command that fixes it or shows more. */
export interface Explained {
    readonly why: string;
    readonly fix: string;
}

/** One sentence for a log. */
export function inWords({ why, fix }: Explained): string {
    return `${why}. Fix it with: ${fix}`;
}

/**
 * Explains an error of fetching a source if its cause is the Git credential; undefined for other errors. The patterns
 * match messages of Go's SSH client, go-git and GitHub's API.
 */
export function explainFetchError(
    { url = "", provider, secretRef }: NonNullable<Source["spec"]>,
    message: string,
    stack: string,
): Explained | undefined {
    const up = `pulumi up --stack ${stack}`;
    if (provider === "github") {
        return /authentication options|authentication required|authorization failed|repository not found/i.test(message)
            ? {
                  why: "GitHub refuses the App: its private key was deleted, or the App is no longer installed for the repository, or suspended there",
                  fix: `cat app.private-key.pem | pulumi config set --stack ${stack} --secret fluxcd:githubAppPrivateKey && ${up}   (or install it again, on GitHub)`,
              }
            : undefined;
    }
    if (url.startsWith("ssh://")) {
        return /unable to authenticate|repository not found|permission denied/i.test(message)
            ? {
                  why: "its deploy key is gone from GitHub",
                  fix: `${up} --refresh   (if it was deleted because somebody else has it, first raise fluxcd:identity.generation)`,
              }
            : undefined;
    }
    if (!secretRef) {
        return /authentication required|authorization failed|repository not found/i.test(message)
            ? {
                  why: "it does not exist or is not public: Flux reads a source with a URL without a credential",
                  fix: `git ls-remote ${url}   (for a repository of github:owner, set repository to its name instead of url)`,
              }
            : undefined;
    }
    return /authentication required|authorization failed|repository not found|invalid username or token/i.test(message)
        ? {
              why: "the token of fluxcd:gitToken is expired or revoked, or may no longer read the repository",
              fix: `pulumi config set --stack ${stack} --secret fluxcd:gitToken && ${up}`,
          }
        : undefined;
}
