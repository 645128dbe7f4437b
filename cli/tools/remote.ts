import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { RepositoryName } from "../../clients/github";
import { githubServer } from "../../domain/githubServer";

const run = promisify(execFile);

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
    return owner === undefined || repo === undefined
        ? undefined
        : { hostname: withoutSshHost(hostname.toLowerCase()), owner, repo };
}

/** GitHub's SSH service on port 443 has another host name. */
function withoutSshHost(hostname: string): string {
    return hostname === "ssh.github.com" ? "github.com" : hostname;
}

/**
 * The remote with the host that SSH connects to: people with several accounts have an alias for it in ~/.ssh/config, as
 * in `git@github-work:misua/fluxcd.git`. Asks `ssh` only if the host is not the expected one.
 */
export async function resolvedRemote(url: string, host: string, ask = askSsh): Promise<ReturnType<typeof parseRemote>> {
    const remote = parseRemote(url);
    const isSsh = !/^(https?|git):/.test(url.trim());
    if (!remote || remote.hostname === host || !isSsh || remote.hostname.startsWith("-")) {
        return remote;
    }
    const [, hostname = remote.hostname] = /^hostname (\S+)$/m.exec(await ask(remote.hostname)) ?? [];
    return { ...remote, hostname: withoutSshHost(hostname.toLowerCase()) };
}

/** The configuration of SSH for a host; empty if there is no `ssh`. https://man.openbsd.org/ssh#G */
async function askSsh(hostname: string): Promise<string> {
    try {
        return (await run("ssh", ["-G", hostname])).stdout;
    } catch {
        return "";
    }
}

/** The host of the repositories that an API's base URL serves. */
export function repositoryHost(baseUrl: string): string {
    return githubServer(baseUrl).host;
}
