import { z } from "zod";

import { changeWindowSchema, freezeSchema, timeZoneSchema } from "../domain/calendar";
import { policyRules } from "./access";
import { duration, seconds } from "../domain/duration";
import { componentNames, fluxSchema } from "./flux";
import { kustomizationsSchema, sourcesSchema } from "./further";
import { githubAppSchema } from "./identity";
import { commitStatusSchema, notificationAddressesSchema, notificationsSchema } from "./notifications";
import { imageAutomationSchema } from "./imageAutomation";
import { applying, fetching } from "./sync";
import { webhookUrlSchema } from "./webhook";

/** What a cluster follows in one repository, and how. The rules for `branch`, `tag` and `commit` are in ref.ts, for
 * `rollback`, `hotfix` and `reason` in exemption.ts, for how it fetches and applies in sync.ts. */
const source = z.strictObject({
    branch: z.string().optional(),
    tag: z.string().optional(),
    commit: z.string().optional(),
    sourceInterval: duration.default("1m"),
    rollback: z.boolean().default(false),
    hotfix: z.boolean().default(false),
    reason: z.string().default(""),
    ...fetching,
    ...applying,
});

/** What apps may do is granted in Git, namespace by namespace. */
const limitable = source.extend({ rules: policyRules.optional() });

/** The keys under `fluxcd:`. Types, defaults and descriptions for people are in Pulumi.yaml, which the engine checks first. */
export const fluxcdSchema = z.strictObject({
    context: z.string().min(1, "expected the name of a kubeconfig context"),
    infrastructure: limitable,
    apps: source,
    sources: sourcesSchema,
    kustomizations: kustomizationsSchema,
    environment: z.string().regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/, "expected lower case letters, digits and -"),
    tagPrefixes: z.record(z.string(), z.string().min(1, "expected a prefix such as staging-v")),
    clusterUid: z.string(),
    promotedFrom: z.string(),
    soak: duration,
    lockstep: z.boolean(),
    timeZone: timeZoneSchema,
    changeWindows: z.array(changeWindowSchema),
    freezes: z.array(freezeSchema),
    suspend: z.boolean(),
    repositories: z.enum(["create", "adopt", "lookup"]),
    visibility: z.enum(["private", "internal", "public"]),
    protectBranch: z.boolean(),
    protectTags: z.boolean(),
    requiredReviews: z.int().min(0).max(6),
    requiredCheck: z.string(),
    requireLinearHistory: z.boolean(),
    enforceAdmins: z.boolean(),
    identity: z.enum(["deployKey", "token", "githubApp"]),
    deployKeyGeneration: z.int().min(1),
    // The commands beside pulumi read a stack's settings without its secrets.
    gitToken: z.string().default(""),
    githubApp: githubAppSchema,
    githubAppPrivateKey: z.string().default(""),
    sopsAgeKey: z.string().default(""),
    tokenExpiryWarningDays: z.int().min(0),
    webhookUrl: webhookUrlSchema,
    webhookGeneration: z.int().min(1),
    notifications: notificationsSchema,
    notificationAddresses: notificationAddressesSchema.default({}),
    commitStatus: commitStatusSchema,
    commitStatusToken: z.string().default(""),
    fluxVersion: z.string().regex(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "expected a Flux release such as v2.9.5"),
    fluxManifest: z.string().min(1, "expected a URL or a file"),
    fluxManifestSha256: z.string().regex(/^([0-9a-f]{64})?$/, "expected the 64 lower case hex digits of a SHA-256"),
    fluxComponents: z.array(z.enum(componentNames)).refine(hasRequiredComponents, {
        message: "expected at least source-controller and kustomize-controller",
    }),
    existingFlux: z.enum(["refuse", "adopt"]),
    flux: fluxSchema,
    imageAutomation: imageAutomationSchema,
    keepCustomResourceDefinitions: z.boolean(),
    keepNamespace: z.boolean(),
    uninstallTimeout: duration.refine((text) => seconds(text) >= 10, "expected at least 10s"),
});

/**
 * The keys under `github:`, which are the GitHub provider's own. The defaults respect GitHub's limits: at least a second
 * between two writes, and no requests in parallel.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export const githubSchema = z.strictObject({
    owner: z.string().min(1, "expected a GitHub user or organization"),
    baseUrl: z.url("expected the URL of a GitHub Enterprise Server, such as https://github.example.com/").optional(),
    writeDelayMs: z.int().min(0).default(1000),
    readDelayMs: z.int().min(0).default(0),
    parallelRequests: z.boolean().default(false),
    maxRetries: z.int().min(0).default(3),
});

export type Source = z.infer<typeof limitable>;

function hasRequiredComponents(names: readonly string[]): boolean {
    return names.includes("source-controller") && names.includes("kustomize-controller");
}
