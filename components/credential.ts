import * as pulumi from "@pulumi/pulumi";

import type { Identity } from "../config";
import { restUrl } from "../clients/octokit";
import { DeployKey } from "./deployKey";

export interface CredentialArgs {
    identity: Identity;
    /** The token or the App's private key, which must be a secret; unused with a deploy key. */
    secret: pulumi.Output<string>;
    repository: { name: pulumi.Input<string>; sshUrl: pulumi.Output<string>; httpUrl: pulumi.Output<string> };
    /** The deploy key's name on GitHub. */
    title: pulumi.Input<string>;
    /** GitHub's SSH host keys, each as `<algorithm> <key>`. */
    sshHostKeys: readonly string[];
    /** The address of GitHub's API. */
    baseUrl: string;
}

/** What Flux reads a repository with: the address, what stands in its Secret, and who makes a token of that. */
export interface Credential {
    readonly url: pulumi.Output<string>;
    readonly data: Readonly<Record<string, pulumi.Input<string>>>;
    readonly provider?: "github";
}

/** The credential of an identity. Only a deploy key makes anything on GitHub; a token or an App is there already. */
export function credential(name: string, args: CredentialArgs, opts?: pulumi.ComponentResourceOptions): Credential {
    const { identity, secret, repository } = args;
    const { httpUrl: url } = repository;
    switch (identity.kind) {
        case "deployKey":
            return keyCredential(new DeployKey(`${name}-deploy-key`, keyArgs(args, identity.generation), opts), args);
        case "token":
            // GitHub looks at the password alone: https://docs.github.com/en/get-started/git-basics/about-remote-repositories
            return { url, data: { username: "x-access-token", password: secret } };
        case "githubApp":
            return { url, data: appData(identity, secret, args.baseUrl), provider: "github" };
    }
}

function keyArgs({ repository, title }: CredentialArgs, generation: number) {
    return { repository: repository.name, title, generation };
}

/** What reads and writes a repository with a deploy key. */
export function keyCredential(
    key: DeployKey,
    { repository, sshHostKeys }: { repository: { sshUrl: pulumi.Output<string> }; sshHostKeys: readonly string[] },
): Credential {
    const url = repository.sshUrl.apply(sshUrl);
    const data = {
        identity: key.privateKey,
        "identity.pub": key.publicKey,
        known_hosts: url.apply((it) => knownHosts(it, sshHostKeys)),
    };
    return { url, data };
}

/** https://fluxcd.io/flux/components/source/gitrepositories/#github */
export function appData(
    { appId, ...installation }: Identity & { kind: "githubApp" },
    privateKey: pulumi.Output<string>,
    baseUrl: string,
): Credential["data"] {
    return {
        githubAppID: String(appId),
        ...("installationId" in installation
            ? { githubAppInstallationID: String(installation.installationId) }
            : { githubAppInstallationOwner: installation.installationOwner }),
        githubAppPrivateKey: privateKey,
        ...(new URL(baseUrl).hostname !== "api.github.com" && { githubAppBaseURL: restUrl(baseUrl) }),
    };
}

/** A clone URL of SSH, of the form that Flux takes. */
export function sshUrl(url: string): string {
    return url.includes("://") ? url : `ssh://${url.replace(":", "/")}`;
}

function knownHosts(url: string, keys: readonly string[]): string {
    const { hostname, port } = new URL(url);
    const host = port === "" || port === "22" ? hostname : `[${hostname}]:${port}`;
    return keys.map((key) => `${host} ${key}\n`).join("");
}
