import { RunError } from "@pulumi/pulumi/errors";

/**
 * Why a release is refused, by a name that stays: scripts may rely on it. docs/promotion.md says what each means.
 */
export const refusalCodes = [
    "moved-tag",
    "suspended",
    "leftover",
    "backwards",
    "diverged",
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

/** One thing that stands in the way, in the reader's terms. */
export interface Problem {
    /** The rule that refuses, where one does; everything else is a mistake in the settings or in the world. */
    readonly refusal?: RefusalCode;
    /** The config key, environment variable or object at fault, such as `fluxcd:apps.tag`. */
    readonly key: string;
    /** What it is now; left out when it is missing. */
    readonly value?: unknown;
    /** What was expected, and why where that is not plain. */
    readonly expected: string;
    /** The command or the step that fixes it. */
    readonly fix: string;
}

/** Stops the program before any resource is registered, with every problem at once and no stack trace. */
export function refuse(heading: string, problems: readonly Problem[]): never {
    throw new RunError(`${heading} Nothing was touched.\n\n${explain(problems)}\n`);
}

/** Every problem for people: the key and its value, what was expected, and what fixes it. */
export function explain(problems: readonly Problem[]): string {
    return problems
        .map(({ refusal, key, value, expected, fix }) =>
            [
                value === undefined ? `  ${key}` : `  ${key} is ${JSON.stringify(value)}`,
                `    ${refusal === undefined ? "" : `${refusal}: `}${expected}`,
                `    fix: ${fix}`,
            ].join("\n"),
        )
        .join("\n\n");
}

/** The first line of what an error says, and of its cause. */
export function messageOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    const cause = error.cause instanceof Error ? `: ${withoutHeader(error.cause.message)}` : "";
    return `${withoutHeader(error.message).split("\n")[0] ?? ""}${cause}`;
}

/** HTTP libraries quote a header that they do not take, which may be the one with a token of a kubeconfig. */
export function withoutHeader(message: string): string {
    return message.replace(
        /"[^]*" is an invalid header value/,
        "a header, which is made of a token, has a line break or another character that HTTP does not take",
    );
}
