import { type Command, CommanderError } from "commander";
import { z } from "zod";

import { printJson } from "./json";
import { explainNetworkError } from "../../domain/networkErrors";
import { runsHere } from "../../domain/here";
import { explain, messageOf, type Problem, told } from "../../domain/problem";

/** The exit codes of the commands. Scripts depend on them: docs/promotion.md. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Stops a command with an exit code. Its message goes to stderr and, with --json, its problems go to stdout. */
export class CommandError extends Error {
    /** Whether the output of --json has already been printed. */
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

/** An error for wrong usage or configuration, before anything was tried. */
export function wrongUsage(message: string, problems: readonly Problem[] = []): CommandError {
    return new CommandError(exitCodes.usage, message, problems);
}

/** An error with problems. Its exit code is `refused` if a promotion rule refuses, otherwise `usage`. */
export function problemsFound(message: string, problems: readonly Problem[]): CommandError {
    const refused = problems.some(({ refusal }) => refusal !== undefined);
    return new CommandError(refused ? exitCodes.refused : exitCodes.usage, message, problems);
}

/** The exit code for any thrown value. */
export function exitCodeOf(error: unknown): ExitCode {
    if (error instanceof CommandError) {
        return error.exitCode;
    }
    if (error instanceof CommanderError) {
        return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    return exitCodes.failed;
}

/** The text on stderr for any thrown value; empty for commander's errors, which it has already printed. */
export function wordsOf(error: unknown): string {
    if (error instanceof CommanderError) {
        return "";
    }
    if (error instanceof CommandError) {
        const message = runsHere(error.message);
        return error.problems.length === 0 ? message : `${message}\n\n${explain(error.problems)}`;
    }
    // inquirer throws this error when the user presses Ctrl+C at a prompt.
    if (error instanceof Error && error.name === "ExitPromptError") {
        return "Interrupted. Nothing was changed.";
    }
    if (error instanceof z.ZodError) {
        return `The output of pulumi has an unexpected format:\n${z.prettifyError(error)}`;
    }
    const network = explainNetworkError(error, addressOf(error), process.env);
    return network ? `${messageOf(error)}: ${network.why}\n    fix: ${network.fix}` : messageOf(error);
}

/** The address that was asked, if an error of Octokit has it. */
function addressOf(error: unknown): string {
    return (error as { readonly request?: { readonly url?: string } } | undefined)?.request?.url ?? "";
}

/** Runs a command and exits with its exit code, even if an open connection would keep the process alive. */
export async function runCommand(command: Command, argv: readonly string[], refused?: CommandError): Promise<void> {
    // A reader such as `head` may close the pipe early.
    process.stdout.once("error", () => process.exit(exitCodes.failed));
    let exitCode: ExitCode = exitCodes.done;
    try {
        if (refused) {
            throw refused;
        }
        await overrideExit(command).parseAsync(argv);
    } catch (error) {
        exitCode = exitCodeOf(error);
        const words = wordsOf(error);
        if (words !== "") {
            process.stderr.write(`${words}\n`);
        }
        if (argv.includes("--json") && exitCode !== exitCodes.done) {
            printProblems(error);
        }
    }
    process.stdout.write("", () => process.exit(exitCode));
}

/** A subcommand does not inherit `exitOverride()` from its parent command. */
function overrideExit(command: Command): Command {
    command.commands.forEach(overrideExit);
    return command.exitOverride();
}

function printProblems(error: unknown): void {
    const isOurs = error instanceof CommandError;
    if (!isOurs || !error.reported) {
        const words = error instanceof CommanderError ? error.message.replace(/^error: /, "") : wordsOf(error);
        printJson({ error: isOurs ? error.message : words, problems: isOurs ? error.problems.map(told) : [] });
    }
}
