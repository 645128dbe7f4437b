import * as github from "@pulumi/github";
import { getEnv } from "@pulumi/github/utilities";
import * as pulumi from "@pulumi/pulumi";

import { type Config, parseConfig } from "./config/parse";
import { type Problem, refuse } from "./refusal";

export type { BranchProtection, Config, SourceConfig } from "./config/parse";
export type { Ref } from "./config/ref";

/** Reads and checks the whole configuration. Reports every problem at once, each by its key, before anything is touched. */
export function readConfig(): Config {
    const stack = pulumi.getStack();
    const values = pulumi.runtime.allConfig();
    const config = parseConfig({ stack, values, githubBaseUrl: github.config.baseUrl });
    const problems = [...("stack" in config ? [] : config), ...(githubToken() === "" ? [missingToken] : [])];
    if (!("stack" in config) || problems.length > 0) {
        return refuse(`The configuration of stack ${stack} is not valid.`, problems);
    }
    return config;
}

/** The token, through the same door as the GitHub provider's. Kept out of `Config` so that no component can be handed it. */
export function githubToken(): string {
    return getEnv("GITHUB_TOKEN") ?? "";
}

const missingToken: Problem = {
    key: "GITHUB_TOKEN",
    expected: "is missing: expected a token for GitHub in the environment; it is never read from a file",
    mend: "export GITHUB_TOKEN=$(gh auth token)",
};
