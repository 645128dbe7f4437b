import { z } from "zod";

/** What became of one case. */
export const outcomeSchema = z.strictObject({
    /** `<operation>/<fault>/<point>`. */
    case: z.string(),
    /** Whether the fault struck at all. */
    reached: z.boolean(),
    /** Whether the command that was struck failed. */
    failed: z.boolean(),
    /** The first line of its error. */
    said: z.string(),
    /** What was typed afterwards. */
    commands: z.array(z.string()),
    /** What did not hold. */
    violations: z.array(z.string()),
    seconds: z.int(),
});

export type Outcome = z.infer<typeof outcomeSchema>;

export const resultsSchema = z.strictObject({
    /** How many cases there are to choose from. */
    of: z.int(),
    date: z.string(),
    machine: z.strictObject({ cpus: z.int(), memoryGiB: z.int(), system: z.string() }),
    versions: z.record(z.string(), z.string()),
    outcomes: z.array(outcomeSchema),
});

export type Results = z.infer<typeof resultsSchema>;
