import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import * as runtimeConfig from "@pulumi/pulumi/runtime/config";

import { type Config, parseConfig } from "./parse";
import { environmentProblem, githubToken, tokenOf } from "./token";
import { type Problem, refuse } from "../domain/problem";

export type { BranchProtection, Config, SourceConfig } from "./parse";
export type { Identity } from "./identity";
export { githubToken };

/** Whether a key is encrypted in the stack file. Not in the SDK's types; `Config.get` asks it too, but only to warn. */
const { isConfigSecret } = runtimeConfig as unknown as { isConfigSecret: (key: string) => boolean };

/** Reads and checks the whole configuration. Reports every problem at once, each by its key, before anything is touched. */
export function readConfig(): Config {
    const stack = pulumi.getStack();
    const values = pulumi.runtime.allConfig();
    const secrets = Object.keys(values).filter(isConfigSecret);
    const config = parseConfig({ stack, values, githubBaseUrl: github.config.baseUrl, secrets, decrypted: true });
    const token = githubToken() === "" ? missingToken : environmentProblem();
    const problems = [...("stack" in config ? [] : config), ...(token ? [token] : [])];
    if (!("stack" in config) || problems.length > 0) {
        return refuse(`The configuration of stack ${stack} is not valid.`, problems);
    }
    return config;
}

/**
 * The secret of the identity; empty for a deploy key, which the stack makes itself. Kept out of `Config`, like the token, so
 * that no component can be handed it.
 */
export function identitySecret({ identity }: Pick<Config, "identity">): string {
    switch (identity.kind) {
        case "deployKey":
            return "";
        case "token":
            return tokenOf(pulumi.runtime.getConfig("fluxcd:gitToken") ?? "");
        case "githubApp":
            return pulumi.runtime.getConfig("fluxcd:githubAppPrivateKey") ?? "";
    }
}

/** The age identities that decrypt; empty where there are none. Kept out of `Config` like the token. */
export function sopsAgeKey(): string {
    return pulumi.runtime.getConfig("fluxcd:sopsAgeKey") ?? "";
}

/** What notifications are sent with. Kept out of `Config` like the token. */
export interface NotificationSecrets {
    /** The webhooks' URLs, by the names of the notifications. */
    readonly addresses: Readonly<Record<string, string>>;
    /** The token for commit statuses; empty where there is none. */
    readonly commitStatusToken: string;
}

export function notificationSecrets(): pulumi.Output<NotificationSecrets> {
    const addresses = pulumi.runtime.getConfig("fluxcd:notificationAddresses") ?? "{}";
    const commitStatusToken = tokenOf(pulumi.runtime.getConfig("fluxcd:commitStatusToken") ?? "");
    return pulumi.secret<NotificationSecrets>({
        addresses: JSON.parse(addresses) as Record<string, string>,
        commitStatusToken,
    });
}

const missingToken: Problem = {
    key: "GITHUB_TOKEN",
    expected: "is missing: expected a token for GitHub in the environment; it is never read from a file",
    fix: "export GITHUB_TOKEN=$(gh auth token)",
};
