import type { Source } from "./kubernetes";

/**
 * What a refused fetch means for the credential of a source, and the command that mends it; undefined where the message is
 * about something else. The words are those of Go's SSH client, of go-git and of GitHub's API.
 */
export function explainFetchError(
    { url = "", provider, secretRef }: NonNullable<Source["spec"]>,
    message: string,
    stack: string,
): string | undefined {
    if (provider === "github") {
        return /authentication options|authentication required|authorization failed|repository not found/i.test(message)
            ? `GitHub refuses the App: its private key was deleted, or the App is no longer installed for the repository, or suspended there. Mend it on GitHub, or set another key: cat app.private-key.pem | pulumi config set --stack ${stack} --secret fluxcd:githubAppPrivateKey && pulumi up --stack ${stack}`
            : undefined;
    }
    if (url.startsWith("ssh://")) {
        return /unable to authenticate|repository not found|permission denied/i.test(message)
            ? `its deploy key is gone from GitHub. Register it again: pulumi up --stack ${stack} --refresh. If it was deleted because somebody else has it, raise fluxcd:deployKeyGeneration too`
            : undefined;
    }
    if (!secretRef) {
        return /authentication required|authorization failed|repository not found/i.test(message)
            ? "it is not there, or not public: Flux reads a further source by its URL without a credential. A repository of github:owner goes by its name instead, as repository"
            : undefined;
    }
    return /authentication required|authorization failed|repository not found|invalid username or token/i.test(message)
        ? `the token of fluxcd:gitToken is expired or revoked, or may no longer read the repository. Make another: pulumi config set --stack ${stack} --secret fluxcd:gitToken && pulumi up --stack ${stack}`
        : undefined;
}
