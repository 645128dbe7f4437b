import { CommandError } from "../terminal/exit";
import { type Here, runsHere } from "../../domain/here";
import { messageOf, type Problem } from "../../domain/problem";

/** One line of the report. */
export interface Line {
    /** The subject: a tool, a setting or an environment variable. */
    readonly about: string;
    /** `warning` blocks nothing, but is worth knowing; `skipped` needs another check to pass first. */
    readonly state: "ok" | "warning" | "failed" | "skipped";
    readonly says: string;
    /** The command that fixes it. */
    readonly fix?: string;
}

export const ok = (about: string, says: string): Line => ({ about, state: "ok", says });
export const warning = (about: string, says: string, fix: string): Line => ({ about, state: "warning", says, fix });
export const failed = (about: string, says: string, fix: string): Line => ({ about, state: "failed", says, fix });
export const skipped = (about: string, says: string): Line => ({ about, state: "skipped", says });

/** The line with commands that run as printed. */
export function asShown(line: Line, here: Here): Line {
    const { says, fix } = line;
    return { ...line, says: runsHere(says, here), ...(fix !== undefined && { fix: runsHere(fix, here) }) };
}

/** A line for a problem that the program itself would report. */
export function problemLine({ key, value, expected, fix }: Problem, state: "warning" | "failed" = "failed"): Line {
    const says = value === undefined ? expected : `is ${JSON.stringify(value)}: ${expected}`;
    return { about: key, state, says, fix };
}

/** The lines of a check. An exception in it becomes a failed line, so that the other checks continue. */
export async function guarded(about: string, fix: string, lines: Promise<readonly Line[]>): Promise<readonly Line[]> {
    try {
        return await lines;
    } catch (error) {
        return error instanceof CommandError && error.problems.length > 0
            ? error.problems.map((problem) => problemLine(problem))
            : [failed(about, messageOf(error), fix)];
    }
}
