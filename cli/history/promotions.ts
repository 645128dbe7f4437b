import { z } from "zod";

import type { SourceName } from "../../domain/release";
import { sourceNames } from "../../domain/release";

/** A change of what a source stands on, as Pulumi's own history of the stack tells it. */
export interface Promotion {
    /** When the update began, ISO 8601. */
    readonly at: string;
    readonly source: SourceName;
    /** The tag or branch before; undefined for the first one. */
    readonly from: string | undefined;
    /** Undefined where the stack was destroyed. */
    readonly to: string | undefined;
    readonly kind: "first" | "promotion" | "rollback" | "hotfix" | "destroy";
    readonly reason: string | undefined;
    /** The author of the commit it was applied from; none outside of a git checkout. */
    readonly by: string | undefined;
    readonly commit: string | undefined;
    /** Whether the checkout had changes that are in no commit. */
    readonly uncommitted: boolean;
    /** The run of CI that applied it. */
    readonly run: string | undefined;
    readonly succeeded: boolean;
}

const sourceSchema = z.object({
    branch: z.string().optional(),
    tag: z.string().optional(),
    rollback: z.boolean().default(false),
    hotfix: z.boolean().default(false),
    reason: z.string().optional(),
});

const updateSchema = z.object({
    kind: z.string(),
    startTime: z.string(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
    config: z.record(z.string(), z.object({ objectValue: z.unknown().optional() })).default({}),
    resourceChanges: z.record(z.string(), z.number()).default({}),
});

type Update = z.infer<typeof updateSchema>;

/** What `pulumi stack history --json` prints, as the releases of a stack, newest first. Ignores updates that changed none. */
export function promotionsOf(stackHistory: unknown): Promotion[] {
    const updates = z.array(updateSchema).parse(stackHistory).toReversed();
    const standing = new Map<SourceName, string>();
    return updates
        .filter(touchedSomething)
        .flatMap((update) => sourceNames.flatMap((source) => promotion(update, source, standing)))
        .toReversed();
}

/** A refused update is in the history as a failed one, and has touched nothing. */
function touchedSomething({ kind, result, resourceChanges }: Update): boolean {
    const touched = ["create", "update", "replace", "delete"].some((change) => (resourceChanges[change] ?? 0) > 0);
    return (kind === "update" || kind === "destroy") && (result === "succeeded" || touched);
}

function promotion(update: Update, source: SourceName, standing: Map<SourceName, string>): Promotion[] {
    const from = standing.get(source);
    const asked = sourceSchema.safeParse(update.config[`fluxcd:${source}`]?.objectValue).data;
    const destroyed = update.kind === "destroy";
    const to = destroyed ? undefined : (asked?.tag ?? asked?.branch);
    if (to === from || (to === undefined && !destroyed)) {
        return [];
    }
    if (to === undefined) {
        standing.delete(source);
    } else {
        standing.set(source, to);
    }
    const { environment } = update;
    return [
        {
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
            succeeded: update.result === "succeeded",
        },
    ];
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
