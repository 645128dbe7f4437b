import semver from "semver";
import { z } from "zod";

import { duration, seconds } from "../domain/duration";
import { policyRules } from "./access";
import { healthCheckExprs } from "./healthChecks";
import { verifySchema } from "./verification";

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** `flux bootstrap` uses the name `flux-system`, and image automation has a GitRepository of its own. */
const objectName = /^(?!(flux-system|apps-image-updates|constructor)$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const refName = /^(?!refs\/)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[A-Za-z0-9][A-Za-z0-9._/+-]*$/;
const repositoryName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const publicUrl = /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~+-]+)+$/;
const commitExpected = "expected the 40 lower case hex digits of a commit";
const folder = /^(\.|(\.\/)?[^/\s][^\s]*)$/;

/**
 * A GitRepository. The rules for `branch`, `tag`, `semver` and `commit` are in ref.ts, those for `rollback`, `hotfix`
 * and `reason` in exemption.ts, and those for `verify` in verification.ts.
 * https://fluxcd.io/flux/components/source/gitrepositories/
 */
const source = z.strictObject({
    repository: z.string().regex(repositoryName, "expected the name of a repository of github:owner").optional(),
    url: z
        .string()
        .regex(publicUrl, "expected a URL without a user or a password, such as https://github.com/owner/name")
        .optional(),
    branch: z.string().regex(refName, "expected the short name of a branch, without refs/heads/").optional(),
    tag: z.string('expected the short name of a tag, in quotes if it looks like a number, as in "1.0"').optional(),
    semver: z.string().refine(isRange, "expected a range of versions, such as >=1.2.0 <2.0.0").optional(),
    commit: z
        .string(commitExpected)
        .regex(/^[0-9a-f]{40}$/, commitExpected)
        .optional(),
    promoted: z.boolean().optional(),
    rollback: z.boolean().default(false),
    hotfix: z.boolean().default(false),
    reason: z.string().default(""),
    interval: duration.default("1m"),
    timeout: duration
        // https://github.com/fluxcd/source-controller/blob/v1.9.5/api/v1/gitrepository_types.go#L113
        .refine((text) => !text.includes("h"), "expected minutes and seconds, such as 10m: Flux takes no hours here")
        .refine((text) => seconds(text) > 0, "expected more than 0s")
        .default("60s"),
    ignore: z
        .string()
        .refine((text) => text.trim() !== "", "expected patterns, one a line, as in .gitignore")
        .optional(),
    sparseCheckout: z
        .array(
            z
                .string()
                .regex(
                    /^(?!\/)[^\n]*[^\s/.][^\n]*$/,
                    "expected a folder relative to the root of the repository, such as deploy",
                )
                .refine((path) => !path.split("/").includes(".."), "expected a folder without .."),
        )
        .min(1, "expected at least one folder, or no such key")
        .optional(),
    recurseSubmodules: z.boolean().optional(),
    verify: verifySchema.optional(),
    shard: z.string().optional(),
    suspend: z.boolean().optional(),
});

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution */
const variables = z.record(
    z.string().regex(/^[_A-Za-z][_A-Za-z0-9]*$/),
    z.string('expected text: in quotes if it looks like a number or a boolean, as in "3"'),
    {
        error: ({ code }) =>
            code === "invalid_key" ? "expected the name of a variable, such as CLUSTER_NAME" : undefined,
    },
);

/**
 * A Kustomization. The rules for `decryption` are in decryption.ts, those for `rules` and `serviceAccountName` in
 * access.ts, and those for `healthCheckExprs` in healthChecks.ts.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
const kustomization = z.strictObject({
    enabled: z.boolean().default(true),
    source: z.string().optional(),
    path: z
        .string()
        .regex(folder, "expected a folder relative to the root of the repository, such as ./deploy")
        .refine((path) => !path.split("/").includes(".."), "expected a folder without ..")
        .optional(),
    dependsOn: z.array(z.string()).optional(),
    targetNamespace: z.string().regex(dnsLabel, "expected the name of a namespace").optional(),
    interval: duration.optional(),
    retryInterval: duration.default("1m"),
    timeout: duration.default("5m"),
    prune: z.boolean().default(true),
    wait: z.boolean().default(true),
    healthCheckExprs: healthCheckExprs.optional(),
    suspend: z.boolean().optional(),
    serviceAccountName: z.string().optional(),
    rules: policyRules.optional(),
    substitute: variables.optional(),
    shard: z.string().optional(),
    decryption: z.enum(["age", "kms"]).optional(),
    deletionPolicy: z.enum(["Orphan", "MirrorPrune", "Delete", "WaitForTermination"]).default("Orphan"),
});

export const sourceSchema = source;
export const sourcesSchema = named(source);
export const kustomizationSchema = kustomization;
export const kustomizationsSchema = named(kustomization);

export type SourceKeys = z.infer<typeof source>;
export type KustomizationKeys = z.infer<typeof kustomization>;

function named<T extends z.ZodType>(schema: T) {
    const expected =
        "expected a name of lower case letters, digits and -, of at most 63 characters, other than flux-system, apps-image-updates and constructor";
    return z.record(z.string().regex(objectName), schema, {
        error: ({ code }) => (code === "invalid_key" ? expected : "expected a map from names to entries"),
    });
}

/**
 * In Flux's ranges, commas may separate what npm separates with spaces:
 * https://github.com/Masterminds/semver#checking-version-constraints
 */
function isRange(text: string): boolean {
    return text.trim() !== "" && semver.validRange(text.replaceAll(",", " ")) !== null;
}
