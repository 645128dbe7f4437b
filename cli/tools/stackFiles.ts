import { globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { wrongUsage } from "../terminal/exit";
import { inOrder } from "../status/gather";

/** The stacks that have a file here, in promotion order. */
export function stackFiles(): string[] {
    const stacks = globSync("Pulumi.*.yaml").map((file) => {
        const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
        const { from } = (config["fluxcd:promotion"] ?? {}) as { from?: unknown };
        const promotedFrom = typeof from === "string" ? from : undefined;
        return { stack: file.slice("Pulumi.".length, -".yaml".length), promotedFrom };
    });
    return inOrder(stacks).map(({ stack }) => stack);
}

/** The stacks that an option names; if it names none, all that have a file here. */
export function stacksOr(named: readonly string[]): readonly string[] {
    const stacks = named.length > 0 ? named : stackFiles();
    if (stacks.length === 0) {
        throw wrongUsage(
            "There is no Pulumi.<stack>.yaml here: run it in the folder of Pulumi.yaml, or name a stack with --stack.",
        );
    }
    return stacks;
}
