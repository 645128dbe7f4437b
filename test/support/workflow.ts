import { readFileSync } from "node:fs";

import { parse } from "yaml";

export interface Step {
    readonly id?: string;
    readonly name?: string;
    readonly if?: string;
    readonly uses?: string;
    readonly run?: string;
    readonly shell?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
    readonly if?: string;
    readonly needs?: string | readonly string[];
    readonly outputs?: Readonly<Record<string, string>>;
    readonly environment?: string;
    readonly concurrency?: object;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly "timeout-minutes"?: number;
    readonly steps: readonly Step[];
}

export interface Workflow {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
}

export function workflow(file: string): Workflow {
    return parse(readFileSync(file, "utf8")) as Workflow;
}

/** The shell steps of a job, with the values of the expressions in their variables. Fails for one that has no value here. */
export function shellSteps(
    { steps }: Job,
    values: Readonly<Record<string, string>>,
): { readonly script: string; readonly env: Record<string, string> }[] {
    const valueOf = (text: string) =>
        text.replace(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
            const value = values[expression];
            if (value === undefined) {
                throw new Error(`The test has no value for ${expression}.`);
            }
            return value;
        });
    return steps.flatMap(({ run, env = {} }) =>
        run === undefined
            ? []
            : [{ script: run, env: Object.fromEntries(Object.entries(env).map(([key, it]) => [key, valueOf(it)])) }],
    );
}
