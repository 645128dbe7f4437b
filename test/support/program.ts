import type * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";

/** Settles when every registration has been answered. Not in the SDK's types, though its documentation tells tests to use it. */
export const { waitForRPCs: settled } = settings as unknown as { waitForRPCs: () => Promise<void> };

/** The value of an output, which must be known. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => {
        output.apply(resolve);
    });
}

type Program = () => Promise<Record<string, unknown>>;

/** Runs index.ts as the engine does, afresh: what an earlier stack left in its modules is gone. */
export async function runProgram(): Promise<Record<string, unknown>> {
    for (const file of Object.keys(require.cache)) {
        if (!file.includes("/node_modules/")) {
            // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- this is how CommonJS forgets a module
            delete require.cache[file];
        }
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded anew for each stack
    const program = require("../../index") as Program;
    const outputs = await program();
    await settled();
    return outputs;
}
