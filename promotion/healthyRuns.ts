import { z } from "zod";

import type { Exemption } from "../domain/release";
import type { SourceName } from "../domain/release";

/** What a stack has to be the same in for its past to be its own. */
export interface Place {
    /** The owner of the repositories. */
    readonly owner: string;
    /** Undefined where it may be any. */
    readonly environment: string | undefined;
}

/** A release that a stack was healthy at, as Pulumi's history of the stack tells. */
export interface HealthyRun {
    readonly tag: string;
    /** The commit, where the stack file pinned it. */
    readonly commit: string | undefined;
    readonly exemption: Exemption | undefined;
    /** When the last update with it began, in milliseconds since 1970: where the tag pointed then, it pointed rightly. */
    readonly began: number;
    /** When that update ended, ISO 8601. */
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

/** An update of some of the resources only, which may have left out what waits for the release. */
const partial = ["pulumi.flag.target", "pulumi.flag.target-replace", "pulumi.flag.exclude"];

/**
 * The releases that a stack was healthy at, each tag and commit once, by its last update with it, newest first. An update
 * waits until exactly its release is applied and healthy, and else fails. What is not proved by that is left out.
 */
export function healthyRuns(
    stackHistory: readonly unknown[],
    stack: string,
    source: SourceName,
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

function runOf({ startTime, endTime, config }: Update, source: SourceName): HealthyRun | undefined {
    const asked = sourceSchema.safeParse(config[`fluxcd:${source}`]?.objectValue).data;
    if (!asked || asked.suspend || endTime === undefined) {
        return undefined;
    }
    const { tag, commit, rollback, hotfix, reason } = asked;
    const exemption = rollback || hotfix ? ({ kind: rollback ? "rollback" : "hotfix", reason } as const) : undefined;
    return { tag, commit, exemption, began: Date.parse(startTime), ended: endTime };
}
