import { z } from "zod";

import { sourceUrl } from "./access";

/** The names of the controllers that a Flux release can contain. */
export const componentNames = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
] as const;

export type Component = (typeof componentNames)[number];

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
// Pods have the label value `kustomize-controller-<shard>`, and a label value has at most 63 characters.
const maxShardName = 63 - "kustomize-controller-".length;
const shardName = `expected names of lower case letters, digits and -, of at most ${maxShardName} characters`;
const switchOrAccount = "expected true, false or the name of a ServiceAccount";
const imagePrefix = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
const toleration = z
    .strictObject({
        key: z.string().regex(labelKey, "expected the key of a taint").optional(),
        operator: z.enum(["Exists", "Equal"]).optional(),
        value: z.string().regex(labelValue, "expected the value of a taint").optional(),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
        tolerationSeconds: z.int().min(0).optional(),
    })
    .refine(({ key, operator }) => key !== undefined || operator === "Exists", {
        message: "without a key, expected the operator Exists, which tolerates every taint",
    })
    .refine(({ value, operator }) => value === undefined || operator !== "Exists", {
        message: "expected no value with the operator Exists",
    })
    .refine(({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === "NoExecute", {
        message: "expected the effect NoExecute with tolerationSeconds",
    });

const gates = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/), z.boolean(), {
    error: ({ code }) => (code === "invalid_key" ? "expected the name of a feature gate" : undefined),
});

const annotations = z.record(z.string().regex(labelKey), z.string(), {
    error: ({ code }) => (code === "invalid_key" ? "expected the key of an annotation" : undefined),
});

const pointer = z.string().regex(/^(\/([^~]|~[01])*)?$/, "expected a JSON pointer such as /spec/replicas");

/** https://www.rfc-editor.org/rfc/rfc6902 */
const operation = z.discriminatedUnion("op", [
    z.strictObject({ op: z.enum(["add", "replace", "test"]), path: pointer, value: z.unknown() }),
    z.strictObject({ op: z.literal("remove"), path: pointer }),
    z.strictObject({ op: z.enum(["move", "copy"]), from: pointer, path: pointer }),
]);

/**
 * The options of the installation. If an option is not set, the manifest's own value stays, even if later releases
 * change it.
 */
export const fluxSchema = z.strictObject({
    manifest: z
        .string()
        .min(1, "expected a URL or a file")
        .default("https://github.com/fluxcd/flux2/releases/download/{version}/install.yaml"),
    manifestSha256: z
        .string()
        .regex(/^([0-9a-f]{64})?$/, "expected the 64 lower case hex digits of a SHA-256")
        .default(""),
    components: z
        .array(z.enum(componentNames))
        .refine((names) => names.includes("source-controller") && names.includes("kustomize-controller"), {
            message: "expected at least source-controller and kustomize-controller",
        })
        .default(["source-controller", "kustomize-controller", "helm-controller", "notification-controller"]),
    existing: z.enum(["refuse", "adopt"]).default("refuse"),
    registry: ofReleases(
        z.string().regex(imagePrefix, "expected a registry and path without https:// and without a slash at the end"),
        "ghcr.io/fluxcd",
    ),
    imagePullSecret: z.string().regex(dnsName, "expected the name of a Secret in flux-system").optional(),
    logLevel: ofReleases(z.enum(["info", "debug", "error"]), "info"),
    watchAllNamespaces: ofReleases(z.boolean(), true),
    clusterDomain: ofReleases(z.string().regex(dnsName, "expected a domain such as cluster.local"), "cluster.local"),
    tolerations: z.array(toleration).default([]),
    nodeSelector: z
        .record(z.string().regex(labelKey), z.string().regex(labelValue, "expected the value of a label"), {
            error: ({ code }) => (code === "invalid_key" ? "expected the key of a label" : undefined),
        })
        .default({}),
    networkPolicies: z.boolean().default(true),
    size: z.enum(["small", "medium", "large"]).optional(),
    storage: z
        .strictObject({
            class: z.string().regex(dnsName, "expected the name of a StorageClass").optional(),
            size: z.string().regex(/^[1-9]\d*(\.\d+)?([KMGTPE]i|[kMGTPE])$/, "expected a size such as 10Gi"),
        })
        .optional(),
    featureGates: z.strictObject(ofComponents(gates)).default({}),
    shards: z
        .array(z.string().max(maxShardName, shardName).regex(dnsLabel, shardName))
        .refine((names) => new Set(names).size === names.length, "expected each shard once")
        .default([]),
    serviceAccountAnnotations: z.strictObject(ofComponents(annotations)).default({}),
    multitenancy: z
        .union([z.boolean(), z.string().regex(dnsName, switchOrAccount)], { error: switchOrAccount })
        .default(false),
    sourceUrls: z.array(sourceUrl).default([]),
    patches: z
        .array(
            z.strictObject({
                target: z.strictObject({
                    kind: z.string().min(1, "expected a kind such as Deployment"),
                    name: z.string().optional(),
                    namespace: z.string().optional(),
                }),
                patch: z.union([z.array(operation), z.record(z.string(), z.unknown())], {
                    error: "expected a JSON Patch, which is a list of operations, or a JSON merge patch",
                }),
            }),
        )
        .default([]),
});

/** The options that change the manifest. */
export type FluxOptions = Omit<z.infer<typeof fluxSchema>, "manifest" | "manifestSha256" | "components" | "existing">;

function ofComponents<T extends z.ZodType>(schema: T) {
    return Object.fromEntries(componentNames.map((name) => [name, schema.optional()])) as Record<
        Component,
        z.ZodOptional<T>
    >;
}

/**
 * A setting that every release contains, and that stays as it is without this option. The default is for the
 * documentation only.
 */
function ofReleases<T extends z.ZodType>(schema: T, value: z.infer<T>) {
    return schema.optional().meta({ default: value });
}
