import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import * as runtimeConfig from "@pulumi/pulumi/runtime/config";

import { proxyProblem } from "./network";
import { type Config, parseConfig } from "./parse";
import { environmentProblem, githubToken, missingToken, tokenOf } from "./token";
import { commandsRunWith } from "../domain/here";
import { refuse } from "../domain/problem";
import { compact } from "../domain/records";

export type { BranchProtection, Config } from "./parse";
export type { Identity } from "./identity";
export { mapInOrder } from "./kustomizations";
export { ownRepositories } from "./sources";
export { githubToken };

/**
 * Whether a key is encrypted in the stack file. It is missing from the SDK's types; `Config.get` uses it too, but only
 * for a warning.
 */
const { isConfigSecret } = runtimeConfig as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Reads and checks the complete configuration. Reports all problems at once, each with its key, before anything
 * changes.
 */
export function readConfig(): Config {
    const stack = pulumi.getStack();
    const values = pulumi.runtime.allConfig();
    const organization = pulumi.getOrganization();
    // A self-managed backend has no organizations.
    commandsRunWith({ stackPrefix: organization === "organization" ? "" : `${organization}/` });
    const secrets = Object.keys(values).filter(isConfigSecret);
    const { baseUrl: githubBaseUrl } = github.config;
    const config = parseConfig({ stack, values, githubBaseUrl, secrets, decrypted: true });
    const apiUrl = URL.canParse(githubBaseUrl) ? githubBaseUrl : undefined;
    const token = githubToken() === "" ? missingToken(apiUrl) : environmentProblem(process.env, apiUrl);
    const problems = [...("stack" in config ? [] : config), ...compact([token, proxyProblem()])];
    if (!("stack" in config) || problems.length > 0) {
        return refuse(`The configuration of stack ${stack} is not valid.`, problems);
    }
    return config;
}

/**
 * The secret of the identity; empty for a deploy key, which the stack generates. It is not part of `Config`, like the
 * token, so that no component receives it by accident.
 */
export function identitySecret({ identity }: Pick<Config, "identity">): string {
    switch (identity.kind) {
        case "deployKey":
            return "";
        case "token":
            return tokenOf(pulumi.runtime.getConfig("fluxcd:gitToken") ?? "");
        case "githubApp":
            // Go's PEM decoder looks for a key at the beginning of a line, where an editor may have put a byte order mark.
            return (pulumi.runtime.getConfig("fluxcd:githubAppPrivateKey") ?? "").trimStart();
    }
}

/** The secrets that Flux needs to send notifications. */
export interface NotificationSecrets {
    /** The URLs of the webhooks, by the names of the notifications. */
    readonly addresses: Readonly<Record<string, string>>;
    /** The token for commit statuses; empty if there is none. */
    readonly commitStatusToken: string;
}

/** The secrets of a stack. They are not part of `Config`, so that a component receives only those that it needs. */
export interface Secrets {
    /** The token in `GITHUB_TOKEN`. */
    readonly githubToken: string;
    /** The token or the App's private key of the identity; empty for a deploy key. */
    readonly identity: pulumi.Output<string>;
    /** The age identities for decryption, one per line; empty if there are none. */
    readonly ageKeys: pulumi.Output<string>;
    readonly notifications: pulumi.Output<NotificationSecrets>;
}

/** Reads the secrets of a stack. Nothing else reads them. */
export function readSecrets(config: Pick<Config, "identity">): Secrets {
    const addresses = pulumi.runtime.getConfig("fluxcd:notificationAddresses") ?? "{}";
    return {
        githubToken: githubToken(),
        identity: pulumi.secret(identitySecret(config)),
        ageKeys: pulumi.secret(pulumi.runtime.getConfig("fluxcd:sopsAgeKey") ?? ""),
        notifications: pulumi.secret<NotificationSecrets>({
            addresses: JSON.parse(addresses) as Record<string, string>,
            commitStatusToken: tokenOf(pulumi.runtime.getConfig("fluxcd:commitStatusToken") ?? ""),
        }),
    };
}
