import * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";

/** Settles when every registration has been answered. Not in the SDK's types, though its documentation tells tests to use it. */
export const { waitForRPCs: settled } = settings as unknown as { waitForRPCs: () => Promise<void> };

/** The value of an output, which must be known. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => {
        output.apply(resolve);
    });
}

/** The value of an output. Fails if it cannot be had, and is undefined in a preview that does not know it. */
export function outcome<T>(output: pulumi.Output<T>): Promise<T> {
    // Not in the SDK's types.
    return (output as unknown as { promise(): Promise<T> }).promise();
}

/** Why an output cannot be had. It has several promises that all fail then, and the SDK gives away one. */
export async function failureOf(make: () => pulumi.Output<unknown>): Promise<Error> {
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", () => undefined);
    try {
        const failure = await outcome(make()).then(
            () => undefined,
            (error: unknown) => error,
        );
        await settled();
        if (!(failure instanceof Error)) {
            throw new Error("The output can be had.");
        }
        return failure;
    } finally {
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) {
            process.on("unhandledRejection", listener);
        }
    }
}

type Program = () => Promise<Record<string, unknown>>;

/**
 * Runs index.ts as the engine does, afresh: what an earlier stack left in its modules is gone. Gives the outputs, for which
 * the program reads the cluster. Then the modules are those of before again, so that another test does not get a part of
 * them twice.
 */
export async function runProgram(): Promise<Record<string, unknown>> {
    const before = forgetModules();
    try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded anew for each stack
        const program = require("../../index") as Program;
        const outputs = await program();
        await settled();
        return await outcome(pulumi.output(outputs));
    } finally {
        forgetModules();
        Object.assign(require.cache, before);
    }
}

/** Lets CommonJS forget the modules of this repository, and returns them. */
function forgetModules(): NodeJS.Dict<NodeJS.Module> {
    const ours = Object.entries(require.cache).filter(([file]) => !file.includes("/node_modules/"));
    for (const [file] of ours) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- this is how CommonJS forgets a module
        delete require.cache[file];
    }
    return Object.fromEntries(ours);
}
