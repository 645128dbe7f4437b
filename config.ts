import * as github from "@pulumi/github";
import { getEnv } from "@pulumi/github/utilities";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import { type Ref, refOf } from "./config/ref";
import { type Component, fluxcdSchema, githubSchema, type Source } from "./config/schema";
import { parseValues, type Values, valuesOf } from "./config/values";
import { type Problem, refuse } from "./refusal";

export type { Ref };

/** What a cluster follows in one repository, and how Flux applies it. */
export type SourceConfig = Omit<Source, "branch" | "tag" | "commit" | "interval"> & {
    readonly repository: string;
    readonly ref: Ref;
    readonly interval: string;
};

/** The rules for the branch main. */
export interface BranchProtection {
    readonly requiredReviews: number;
    readonly requiredCheck: string;
    readonly requireLinearHistory: boolean;
    readonly enforceAdmins: boolean;
}

export interface Config {
    readonly stack: string;
    readonly environment: string;
    readonly context: string;
    readonly acceptedClusterUid: string;
    readonly infrastructure: SourceConfig;
    readonly apps: SourceConfig;
    readonly repositories: {
        readonly mode: "create" | "adopt" | "lookup";
        readonly visibility: "private" | "internal" | "public";
        readonly branchProtection: BranchProtection | undefined;
        readonly immutableTagPrefixes: readonly string[];
    };
    readonly deployKeyGeneration: number;
    readonly flux: {
        readonly version: string;
        readonly manifest: string;
        readonly manifestSha256: string;
        readonly components: readonly Component[];
    };
    readonly github: z.infer<typeof githubSchema> & { readonly baseUrl: string };
}

/** Reads and checks the whole configuration. Reports every problem at once, each by its key, before anything is touched. */
export function readConfig(): Config {
    const stack = pulumi.getStack();
    const problems: Problem[] = [];
    const values = valuesOf("fluxcd", fluxcdSchema);
    const fluxcd = parseValues("fluxcd", fluxcdSchema, values, problems);
    const githubKeys = parseValues("github", githubSchema, valuesOf("github", githubSchema), problems);

    const environment =
        typeof values.environment === "string" && values.environment !== "" ? values.environment : stack;
    const tagPrefix = asValues(values.tagPrefixes)[environment] as string | undefined;
    const checkedRef = (name: "infrastructure" | "apps") => {
        const ref = refOf(`fluxcd:${name}`, asValues(values[name]), { stack, name: environment, tagPrefix });
        problems.push(...("problems" in ref ? ref.problems : []));
        return ref;
    };
    const infrastructureRef = checkedRef("infrastructure");
    const appsRef = checkedRef("apps");
    problems.push(...(githubToken() === "" ? [missingToken] : []));

    if (!fluxcd || !githubKeys || "problems" in infrastructureRef || "problems" in appsRef || problems.length > 0) {
        return refuse(`The configuration of stack ${stack} is not valid.`, problems);
    }
    return {
        stack,
        environment,
        context: fluxcd.context,
        acceptedClusterUid: fluxcd.clusterUid,
        infrastructure: sourceConfig("fluxcd-infrastructure", infrastructureRef, fluxcd.infrastructure, "10m"),
        apps: sourceConfig("fluxcd-apps", appsRef, fluxcd.apps, "5m"),
        repositories: {
            mode: fluxcd.repositories,
            visibility: fluxcd.visibility,
            branchProtection: fluxcd.protectBranch ? branchProtection(fluxcd) : undefined,
            immutableTagPrefixes: fluxcd.protectTags ? Object.values(fluxcd.tagPrefixes) : [],
        },
        deployKeyGeneration: fluxcd.deployKeyGeneration,
        flux: {
            version: fluxcd.fluxVersion,
            manifest: fluxcd.fluxManifest.replaceAll("{version}", fluxcd.fluxVersion),
            manifestSha256: fluxcd.fluxManifestSha256,
            components: fluxcd.fluxComponents,
        },
        github: { ...githubKeys, baseUrl: github.config.baseUrl },
    };
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

function sourceConfig(repository: string, ref: Ref, source: Source, interval: string): SourceConfig {
    const { branch, tag, commit, ...rest } = source;
    return { ...rest, repository, ref, interval: source.interval ?? interval };
}

function branchProtection(fluxcd: z.infer<typeof fluxcdSchema>): BranchProtection {
    const { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins } = fluxcd;
    return { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins };
}

function asValues(value: unknown): Values {
    return typeof value === "object" && value !== null ? { ...value } : {};
}
