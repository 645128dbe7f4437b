import { type Command, CommanderError } from "commander";
import { z } from "zod";

import { explain, messageOf, type Problem } from "../../domain/problem";

/** What a command ends with. Scripts rely on it: docs/promotion.md. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with an exit code, its words on stderr and, with --json, its problems on stdout. */
export class CommandError extends Error {
    /** Whether what --json prints is printed already. */
    public reported = false;

    public constructor(
        public readonly exitCode: ExitCode,
        message: string,
        public readonly problems: readonly Problem[] = [],
        options?: ErrorOptions,
    ) {
        super(message, options);
    }

    public asReported(): this {
        this.reported = true;
        return this;
    }
}

/** Wrong usage or configuration: nothing was tried. */
export function wrongUsage(message: string, problems: readonly Problem[] = []): CommandError {
    return new CommandError(exitCodes.usage, message, problems);
}

/** What a problem is to a script: refused when a rule of promotion speaks, else the settings are wrong. */
export function problemsFound(message: string, problems: readonly Problem[]): CommandError {
    const refused = problems.some(({ refusal }) => refusal !== undefined);
    return new CommandError(refused ? exitCodes.refused : exitCodes.usage, message, problems);
}

/** The exit code of whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
    if (error instanceof CommandError) {
        return error.exitCode;
    }
    if (error instanceof CommanderError) {
        return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    return exitCodes.failed;
}

/** What people read on stderr of whatever a command threw; commander has said its own already. */
export function wordsOf(error: unknown): string {
    if (error instanceof CommanderError) {
        return "";
    }
    if (error instanceof CommandError) {
        return error.problems.length === 0 ? error.message : `${error.message}\n\n${explain(error.problems)}`;
    }
    // inquirer's, for Ctrl+C at a question
    if (error instanceof Error && error.name === "ExitPromptError") {
        return "Interrupted. Nothing was changed.";
    }
    if (error instanceof z.ZodError) {
        return `What pulumi printed is not what was expected:\n${z.prettifyError(error)}`;
    }
    return messageOf(error);
}

/** An action that is loaded if it is taken: help and wrong usage need nothing of it. */
export function later<A extends unknown[]>(
    load: () => Promise<(...args: A) => Promise<void>>,
): (...args: A) => Promise<void> {
    return async (...args) => (await load())(...args);
}

/** Runs a command to its end and leaves with its exit code, also where an open connection would keep the process. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
    let exitCode: ExitCode = exitCodes.done;
    try {
        await command.exitOverride().parseAsync(argv);
    } catch (error) {
        exitCode = exitCodeOf(error);
        const words = wordsOf(error);
        if (words !== "") {
            process.stderr.write(`${words}\n`);
        }
        if (argv.includes("--json") && exitCode !== exitCodes.done) {
            printJson(error);
        }
    }
    process.stdout.write("", () => process.exit(exitCode));
}

function printJson(error: unknown): void {
    const isOurs = error instanceof CommandError;
    if (!isOurs || !error.reported) {
        const problem = { error: isOurs ? error.message : wordsOf(error), problems: isOurs ? error.problems : [] };
        process.stdout.write(`${JSON.stringify(problem, undefined, 2)}\n`);
    }
}
