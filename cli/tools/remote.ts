import type { RepositoryName } from "../../clients/github";
import { githubServer } from "../../domain/githubServer";

/** The host and repository of a Git remote's URL, in any format that Git accepts; undefined for a local path. */
export function parseRemote(url: string): (RepositoryName & { readonly hostname: string }) | undefined {
    const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/)(.+)$/.exec(url.trim());
    const isUrl = /^(https?|ssh|git):\/\//.test(url.trim());
    const plain = isUrl ? url.trim() : scp ? `ssh://${scp[1] ?? ""}/${scp[2] ?? ""}` : undefined;
    if (plain === undefined || !URL.canParse(plain)) {
        return undefined;
    }
    const { hostname, pathname } = new URL(plain);
    const [, owner, repo] = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(pathname) ?? [];
    // GitHub's SSH service on port 443 has another host name.
    return owner === undefined || repo === undefined
        ? undefined
        : { hostname: hostname === "ssh.github.com" ? "github.com" : hostname, owner, repo };
}

/** The host of the repositories that an API's base URL serves. */
export function repositoryHost(baseUrl: string): string {
    return githubServer(baseUrl).host;
}
