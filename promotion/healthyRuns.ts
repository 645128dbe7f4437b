import { z } from "zod";

import { builtInSource } from "../config/kustomizations";
import type { Exemption } from "../domain/release";

/** The properties of a stack by which its past updates are known to be its own. */
export interface Place {
    /** The owner of the repositories. */
    readonly owner: string;
    /** The environment; undefined to accept any. */
    readonly environment: string | undefined;
}

/** A release at which a stack was healthy, according to Pulumi's history. */
export interface HealthyRun {
    readonly tag: string;
    /** The commit; undefined if the stack file did not pin one. */
    readonly commit: string | undefined;
    readonly exemption: Exemption | undefined;
    /**
     * The start of the last update with it, in milliseconds since 1970. A tag created before that has not moved since.
     */
    readonly began: number;
    /** The end of that update, in ISO 8601. */
    readonly ended: string;
}

const sourceSchema = z.object({
    tag: z.string(),
    commit: z.string().optional(),
    suspend: z.boolean().default(false),
    rollback: z.boolean().default(false),
    hotfix: z.boolean().default(false),
    reason: z.string().default(""),
});

const updateSchema = z.object({
    kind: z.string(),
    startTime: z.string(),
    endTime: z.string().optional(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
    config: z
        .record(z.string(), z.object({ value: z.string().optional(), objectValue: z.unknown().optional() }))
        .default({}),
});

type Update = z.infer<typeof updateSchema>;

/** The flags of an update of selected resources, which may have skipped the ones that wait for the release. */
const partial = ["pulumi.flag.target", "pulumi.flag.target-replace", "pulumi.flag.exclude"];

/**
 * The releases at which a stack was healthy, newest first, each tag and commit once, from its last update. An update
 * succeeds only after exactly its release is applied and healthy. Updates that do not prove this are left out.
 */
export function healthyRuns(
    stackHistory: readonly unknown[],
    stack: string,
    source: string,
    place: Place,
): HealthyRun[] {
    const runs = new Map<string, HealthyRun>();
    for (const update of z.array(updateSchema).parse(stackHistory)) {
        const run = isProof(update, stack, place) ? runOf(update, source) : undefined;
        const name = `${run?.tag ?? ""}@${run?.commit ?? ""}`;
        if (run && !runs.has(name)) {
            runs.set(name, run);
        }
    }
    return [...runs.values()];
}

function isProof({ kind, result, environment, config }: Update, stack: string, { owner, environment: name }: Place) {
    const valueOf = (key: string) => config[key]?.value ?? "";
    return (
        kind === "update" &&
        result === "succeeded" &&
        !partial.some((flag) => flag in environment) &&
        valueOf("fluxcd:suspend") !== "true" &&
        valueOf("github:owner").toLowerCase() === owner.toLowerCase() &&
        (name === undefined || (valueOf("fluxcd:environment") || stack) === name)
    );
}

function runOf({ startTime, endTime, config }: Update, source: string): HealthyRun | undefined {
    const sources = config["fluxcd:sources"]?.objectValue;
    const asked = z.record(z.string(), z.unknown()).safeParse(sources).data?.[source];
    const { data } = sourceSchema.safeParse(asked);
    if (
        !data ||
        data.suspend ||
        isSuspended(config["fluxcd:kustomizations"]?.objectValue, source) ||
        endTime === undefined
    ) {
        return undefined;
    }
    const { tag, commit, rollback, hotfix, reason } = data;
    const exemption = rollback || hotfix ? ({ kind: rollback ? "rollback" : "hotfix", reason } as const) : undefined;
    return { tag, commit, exemption, began: Date.parse(startTime), ended: endTime };
}

const kustomizationsSchema = z.record(
    z.string(),
    z.object({
        enabled: z.boolean().default(true),
        source: z.string().optional(),
        suspend: z.boolean().default(false),
    }),
);

/** Whether a Kustomization of a source was suspended. Only a built-in one may name no source. */
function isSuspended(kustomizations: unknown, source: string): boolean {
    const { data = {} } = kustomizationsSchema.safeParse(kustomizations);
    return Object.entries(data).some(([name, it]) => {
        return it.enabled && it.suspend && (it.source ?? builtInSource(name)) === source;
    });
}
