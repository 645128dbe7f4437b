import { RunError } from "@pulumi/pulumi/errors";

import { runsHere } from "./here";

/**
 * The codes of refusals. They never change, because scripts may depend on them. docs/promotion.md explains each one.
 */
export const refusalCodes = [
    "moved-tag",
    "suspended",
    "leftover",
    "backwards",
    "diverged",
    "no-comparison",
    "window",
    "freeze",
    "no-evidence",
    "never-applied",
    "unhealthy",
    "soak",
    "tag-exists",
    "unsigned-tag",
    "targeted",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** One problem that stops the program, in terms that the user knows. */
export interface Problem {
    /** The promotion rule that refuses the release; undefined for any other problem. */
    readonly refusal?: RefusalCode;
    /** The config key, environment variable or object with the problem, such as `fluxcd:sources.apps.tag`. */
    readonly key: string;
    /** The current value; undefined if there is none. */
    readonly value?: unknown;
    /** The expected value, with a reason if it is not obvious. */
    readonly expected: string;
    /** The command or the step that fixes it. */
    readonly fix: string;
}

/** Stops the program before it registers a resource. Shows all problems at once, without a stack trace. */
export function refuse(heading: string, problems: readonly Problem[]): never {
    throw new RunError(`${heading} Nothing was touched.\n\n${explain(problems)}\n`);
}

/** The problem as it is shown: its commands run as printed. */
export function told(problem: Problem): Problem {
    return { ...problem, expected: runsHere(problem.expected), fix: runsHere(problem.fix) };
}

/** All problems as text: for each one the key, the value, what was expected, and the fix. */
export function explain(problems: readonly Problem[]): string {
    return problems
        .map(told)
        .map(({ refusal, key, value, expected, fix }) =>
            [
                value === undefined ? `  ${key}` : `  ${key} is ${JSON.stringify(value)}`,
                `    ${refusal === undefined ? "" : `${refusal}: `}${expected}`,
                `    fix: ${fix}`,
            ].join("\n"),
        )
        .join("\n\n");
}

/** The first line of an error's message, followed by the message of its cause. */
export function messageOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    const cause = error.cause instanceof Error ? `: ${withoutHeader(error.cause.message)}` : "";
    return `${withoutHeader(error.message).split("\n")[0] ?? ""}${cause}`;
}

/**
 * Removes an invalid header value from a message: HTTP libraries quote it, and it may contain a token of a kubeconfig.
 */
export function withoutHeader(message: string): string {
    return message.replace(
        /"[^]*" is an invalid header value/,
        "a header with a token contains a line break or another character that HTTP does not allow",
    );
}
