import * as pulumi from "@pulumi/pulumi";

import { restUrl } from "../clients/octokit";
import type { Found } from "../checks";
import type { Config, Identity, Secrets } from "../config";
import { githubServer } from "../domain/githubServer";
import { DeployKey } from "./deployKey";
import type { Hooks } from "./hooks";

/** The addresses of a repository on GitHub. */
export interface Address {
    readonly sshUrl: pulumi.Input<string>;
    readonly httpUrl: pulumi.Input<string>;
    /** The resources that must exist before Flux can read it; undefined or empty unless this run creates them. */
    readonly readable?: readonly pulumi.Resource[];
}

export interface CredentialArgs {
    identity: Identity;
    /** The token or the App's private key, as a secret; unused with a deploy key. */
    secret: pulumi.Output<string>;
    /** The name of the owner's repository; undefined for a public URL. */
    repository: pulumi.Input<string> | undefined;
    address: Address;
    /** The name of the deploy key on GitHub. */
    title: string;
    /** Whether a deploy key may also push. */
    access: "read" | "write";
    /** GitHub's SSH host keys, each as `<algorithm> <key>`. */
    sshHostKeys: readonly string[];
    /** The SSH host and port; undefined for those of the address. */
    sshHost?: string | undefined;
    github: Pick<Config["github"], "baseUrl">;
    hooks: Pick<Hooks, "resumeOnGitHub">;
}

/**
 * Flux's credential for a repository. It creates something on GitHub only for a deploy key; a token or an App already
 * exists.
 */
export class Credential extends pulumi.ComponentResource implements Address {
    public readonly sshUrl: pulumi.Input<string>;
    public readonly httpUrl: pulumi.Input<string>;
    public readonly readable: readonly pulumi.Resource[];
    /** The address that Flux reads: by SSH with a deploy key, otherwise by HTTPS. */
    public readonly url: pulumi.Output<string>;
    /** The data of the Secret; undefined for a public URL. */
    public readonly data: Readonly<Record<string, pulumi.Input<string>>> | undefined;
    /** The provider that creates a token from the data; undefined for a plain Git credential. */
    public readonly provider: "github" | undefined;

    constructor(name: string, args: CredentialArgs, opts?: pulumi.ComponentResourceOptions) {
        const { identity, secret, repository, address, title, access, sshHostKeys, sshHost, hooks } = args;
        super("fluxcd:github:Credential", name, { identity: identity.kind, repository, title, access }, opts);
        this.sshUrl =
            repository === undefined
                ? address.sshUrl
                : pulumi.output(address.sshUrl).apply((url) => sshUrl(url, sshHost));
        this.httpUrl = address.httpUrl;
        this.readable = address.readable ?? [];
        const isKey = repository !== undefined && identity.kind === "deployKey";
        this.url = isKey ? pulumi.output(this.sshUrl) : pulumi.output(address.httpUrl);
        this.provider = repository !== undefined && identity.kind === "githubApp" ? "github" : undefined;
        if (isKey) {
            const { generation } = identity;
            const keyArgs = { repository, title, generation, access, hooks };
            const key = new DeployKey(`${name}-deploy-key`, keyArgs, { parent: this });
            const known_hosts = this.url.apply((url) => knownHosts(url, sshHostKeys));
            this.data = { identity: key.privateKey, "identity.pub": key.publicKey, known_hosts };
        } else if (repository !== undefined && identity.kind === "token") {
            // GitHub checks only the password:
            // https://docs.github.com/en/get-started/git-basics/about-remote-repositories
            this.data = { username: "x-access-token", password: secret };
        } else if (repository !== undefined && identity.kind === "githubApp") {
            this.data = appData(identity, secret, args.github.baseUrl);
        }
        this.registerOutputs({ url: this.url });
    }
}

/** The data of an App's Secret. https://fluxcd.io/flux/components/source/gitrepositories/#github */
export function appData(
    { appId, ...installation }: Identity & { kind: "githubApp" },
    privateKey: pulumi.Output<string>,
    baseUrl: string,
): NonNullable<Credential["data"]> {
    return {
        githubAppID: String(appId),
        ...("installationId" in installation
            ? { githubAppInstallationID: String(installation.installationId) }
            : { githubAppInstallationOwner: installation.installationOwner }),
        githubAppPrivateKey: privateKey,
        ...(githubServer(baseUrl).host !== "github.com" && { githubAppBaseURL: restUrl(baseUrl) }),
    };
}

/** The arguments that all credentials of a stack share. */
export function reader(config: Config, { sshHostKeys }: Pick<Found, "sshHostKeys">, { identity: secret }: Secrets) {
    const { identity, github, stack, ssh } = config;
    const title = `flux-${stack}`;
    return {
        identity,
        secret,
        title,
        access: "read" as const,
        sshHostKeys,
        ...(ssh.host !== undefined && { sshHost: ssh.host }),
        github,
    };
}

/** An SSH clone URL in the format that Flux accepts, at another host if one is given. */
export function sshUrl(url: string, host?: string): string {
    const plain = url.includes("://") ? url : `ssh://${url.replace(":", "/")}`;
    return host === undefined ? plain : plain.replace(/^(ssh:\/\/(?:[^@/]*@)?)[^/]+/, (_, user: string) => user + host);
}

function knownHosts(url: string, keys: readonly string[]): string {
    const { hostname, port } = new URL(url);
    const host = port === "" || port === "22" ? hostname : `[${hostname.replace(/^\[(.*)\]$/, "$1")}]:${port}`;
    return keys.map((key) => `${host} ${key}\n`).join("");
}
