import { globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { wrongUsage } from "../terminal/exit";
import { inOrder } from "../status/gather";

/** The stacks that have a file here, in the order in which releases go through them. */
export function stackFiles(): string[] {
    const stacks = globSync("Pulumi.*.yaml").map((file) => {
        const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
        const from = config["fluxcd:promotedFrom"];
        const promotedFrom = typeof from === "string" ? from : undefined;
        return { stack: file.slice("Pulumi.".length, -".yaml".length), promotedFrom };
    });
    return inOrder(stacks).map(({ stack }) => stack);
}

/** The stacks that an option names, or else all that have a file here. */
export function stacksOr(named: readonly string[], option: string): readonly string[] {
    const stacks = named.length > 0 ? named : stackFiles();
    if (stacks.length === 0) {
        throw wrongUsage(
            `There is no Pulumi.<stack>.yaml here: run it in the project, or name a stack with ${option}.`,
        );
    }
    return stacks;
}
