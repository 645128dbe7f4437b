import { CommandError } from "../terminal/exit";
import { messageOf, type Problem } from "../../domain/problem";

/** One thing that was looked at. */
export interface Check {
    /** What it is about: a tool, a setting, an environment variable. */
    readonly about: string;
    /** `warning` is no fault of the set-up, but worth to know; `skipped` could not be looked at before another is fixed. */
    readonly state: "ok" | "warning" | "failed" | "skipped";
    readonly says: string;
    /** The command that fixes it. */
    readonly fix?: string;
}

export const ok = (about: string, says: string): Check => ({ about, state: "ok", says });
export const warning = (about: string, says: string, fix: string): Check => ({ about, state: "warning", says, fix });
export const failed = (about: string, says: string, fix: string): Check => ({ about, state: "failed", says, fix });
export const skipped = (about: string, says: string): Check => ({ about, state: "skipped", says });

/** A problem of the settings or of the world, as the program itself would say it. */
export function problemCheck({ key, value, expected, fix }: Problem, state: "warning" | "failed" = "failed"): Check {
    const says = value === undefined ? expected : `is ${JSON.stringify(value)}: ${expected}`;
    return { about: key, state, says, fix };
}

/** What a check that broke has to say: never the end of the others. */
export async function guarded(
    about: string,
    fix: string,
    checks: Promise<readonly Check[]>,
): Promise<readonly Check[]> {
    try {
        return await checks;
    } catch (error) {
        return error instanceof CommandError && error.problems.length > 0
            ? error.problems.map((problem) => problemCheck(problem))
            : [failed(about, messageOf(error), fix)];
    }
}
