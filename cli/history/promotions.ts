import { z } from "zod";

/** A change of a source's release or branch, from Pulumi's history of the stack. */
export interface Promotion {
    /** The start of the update, in ISO 8601. */
    readonly at: string;
    readonly source: string;
    /** The tag or branch before; undefined for the first one. */
    readonly from: string | undefined;
    /** The tag or branch after; undefined if the stack was destroyed. */
    readonly to: string | undefined;
    readonly kind: "first" | "promotion" | "rollback" | "hotfix" | "destroy";
    readonly reason: string | undefined;
    /** The author of the checkout's commit; undefined outside a Git checkout. */
    readonly by: string | undefined;
    readonly commit: string | undefined;
    /** Whether the checkout had uncommitted changes. */
    readonly uncommitted: boolean;
    /** The URL of the CI run that applied it. */
    readonly run: string | undefined;
    /** Whether an update with it has succeeded, this one or a later one. */
    readonly succeeded: boolean;
}

const sourceSchema = z.object({
    branch: z.string().optional(),
    tag: z.string().optional(),
    rollback: z.boolean().default(false),
    hotfix: z.boolean().default(false),
    reason: z.string().optional(),
});

const sourcesSchema = z.record(z.string(), sourceSchema);

const updateSchema = z.object({
    kind: z.string(),
    startTime: z.string(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
    config: z.record(z.string(), z.object({ objectValue: z.unknown().optional() })).default({}),
    resourceChanges: z.record(z.string(), z.number()).default({}),
});

type Update = z.infer<typeof updateSchema>;

/**
 * The promotions in the output of `pulumi stack history --json`, newest first. Ignores updates without a change of
 * release.
 */
export function promotionsOf(stackHistory: unknown, sources: readonly string[]): Promotion[] {
    const updates = z.array(updateSchema).parse(stackHistory).toReversed();
    const standing = new Map<string, Change>();
    return updates
        .filter(touchedSomething)
        .flatMap((update) => sources.flatMap((source) => promotion(update, source, standing)))
        .map(({ isDone, ...found }) => ({ ...found, succeeded: isDone }))
        .toReversed();
}

/** Whether an update changed something: the history lists a refused update as a failed one. */
function touchedSomething({ kind, result, resourceChanges }: Update): boolean {
    const touched = ["create", "update", "replace", "delete"].some((change) => (resourceChanges[change] ?? 0) > 0);
    return (kind === "update" || kind === "destroy") && (result === "succeeded" || touched);
}

/** A promotion while the updates after it are read: a later one may complete it. */
interface Change extends Omit<Promotion, "succeeded"> {
    isDone: boolean;
}

function promotion(update: Update, source: string, standing: Map<string, Change>): Change[] {
    const current = standing.get(source);
    const from = current?.to;
    const asked = sourcesSchema.safeParse(update.config["fluxcd:sources"]?.objectValue).data?.[source];
    const destroyed = update.kind === "destroy";
    const to = destroyed ? undefined : (asked?.tag ?? asked?.branch);
    const succeeded = update.result === "succeeded";
    if (to === from || (to === undefined && !destroyed)) {
        // The first update with a release may time out, and the next one then waits until the release is healthy.
        if (current && to !== undefined) {
            current.isDone ||= succeeded;
        }
        return [];
    }
    const { environment } = update;
    const change: Change = {
        at: update.startTime,
        source,
        from,
        to,
        kind: destroyed ? "destroy" : kindOf(asked, from),
        reason: destroyed ? undefined : asked?.reason,
        by: environment["git.author"],
        commit: environment["git.head"],
        uncommitted: environment["git.dirty"] === "true",
        run: environment["ci.build.url"],
        isDone: succeeded,
    };
    if (to === undefined) {
        standing.delete(source);
    } else {
        standing.set(source, change);
    }
    return [change];
}

function kindOf(asked: z.infer<typeof sourceSchema> | undefined, from: string | undefined): Promotion["kind"] {
    if (asked?.rollback === true) {
        return "rollback";
    }
    if (asked?.hotfix === true) {
        return "hotfix";
    }
    return from === undefined ? "first" : "promotion";
}
