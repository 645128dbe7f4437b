import { z } from "zod";

import { changeWindowSchema, freezeSchema, timeZoneSchema } from "../domain/calendar";
import { duration, seconds } from "../domain/duration";
import { githubAddressExpected, isGitHubAddress } from "../domain/githubServer";
import { fluxSchema } from "./flux";
import { kustomizationsSchema, sourcesSchema } from "./fluxObjects";
import { identitySchema } from "./identity";
import { imageAutomationSchema } from "./imageAutomation";
import { commitStatusSchema, notificationAddressesSchema, notificationsSchema } from "./notifications";
import { sshSchema } from "./ssh";
import { webhookSchema } from "./webhook";

const promotion = z.strictObject({
    from: z
        .string()
        .regex(
            /^([\w.-]+\/){0,2}[\w.-]+$/,
            "expected the name of a stack, such as staging, acme/staging or acme/fluxcd/staging",
        )
        .optional(),
    soak: duration.default("0s"),
    lockstep: z.boolean().default(false),
    timeZone: timeZoneSchema.default("UTC"),
    changeWindows: z.array(changeWindowSchema).default([]),
    freezes: z.array(freezeSchema).default([]),
});

const protection = z.strictObject({
    branch: z.boolean().default(true),
    tags: z.boolean().default(true),
    requiredReviews: z.int().min(0).max(6).optional(),
    requiredCheck: z.string().optional(),
    requireLinearHistory: z.boolean().default(true),
    enforceAdmins: z.boolean().default(false),
});

const uninstall = z.strictObject({
    keep: z.array(z.enum(["namespace", "definitions"])).default([]),
    timeout: duration.refine((text) => seconds(text) >= 10, "expected at least 10s").default("5m"),
});

/**
 * The keys under `fluxcd:`. Pulumi.yaml has their types and descriptions for users; the engine checks that file first.
 */
export const fluxcdSchema = z.strictObject({
    context: z.string().min(1, "expected the name of a kubeconfig context"),
    sources: sourcesSchema,
    kustomizations: kustomizationsSchema,
    environment: z.string().regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/, "expected lower case letters, digits and -"),
    tagPrefixes: z.record(z.string(), z.string().min(1, "expected a prefix such as staging-v")),
    clusterUid: z.string(),
    promotion,
    suspend: z.boolean(),
    repositories: z.enum(["manage", "lookup"]),
    visibility: z.enum(["private", "internal", "public"]),
    protection,
    identity: identitySchema,
    ssh: sshSchema,
    // The CLI commands read a stack's settings without its secrets.
    gitToken: z.string().default(""),
    githubAppPrivateKey: z.string().default(""),
    sopsAgeKey: z.string().default(""),
    tokenExpiryWarningDays: z.int().min(0),
    webhook: webhookSchema,
    notifications: notificationsSchema,
    notificationAddresses: notificationAddressesSchema.default({}),
    commitStatus: commitStatusSchema,
    commitStatusToken: z.string().default(""),
    fluxVersion: z.string().regex(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "expected a Flux release such as v2.9.5"),
    flux: fluxSchema,
    imageAutomation: imageAutomationSchema,
    uninstall,
});

/**
 * The keys under `github:`, which belong to the GitHub provider. The defaults respect GitHub's limits: at least one
 * second between two writes, and no parallel requests.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export const githubSchema = z.strictObject({
    owner: z.string().min(1, "expected a GitHub user or organization"),
    baseUrl: z.string().refine(isGitHubAddress, githubAddressExpected).optional(),
    writeDelayMs: z.int().min(0).default(1000),
    readDelayMs: z.int().min(0).default(0),
    parallelRequests: z.boolean().default(false),
    maxRetries: z.int().min(0).default(3),
});

export type Keys = z.infer<typeof fluxcdSchema>;
