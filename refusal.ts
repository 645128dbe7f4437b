import * as pulumi from "@pulumi/pulumi";

/** One thing that stands in the way, in the reader's terms. */
export interface Problem {
    /** The config key, environment variable or object at fault, such as `fluxcd:apps.tag`. */
    readonly key: string;
    /** What it is now; left out when it is missing. */
    readonly value?: unknown;
    /** What was expected, and why where that is not plain. */
    readonly expected: string;
    /** The command or the step that mends it. */
    readonly mend: string;
}

/** Stops the program before any resource is registered, with every problem at once and no stack trace. */
export function refuse(heading: string, problems: readonly Problem[]): never {
    const lines = problems.map(({ key, value, expected, mend }) =>
        [
            value === undefined ? `  ${key}` : `  ${key} is ${JSON.stringify(value)}`,
            `    ${expected}`,
            `    mend: ${mend}`,
        ].join("\n"),
    );
    throw new pulumi.RunError(`${heading} Nothing was touched.\n\n${lines.join("\n\n")}\n`);
}
