import { globSync } from "node:fs";

import { wrongUsage } from "./exit";

/** The stacks that have a file here. */
export function stackFiles(): string[] {
    return globSync("Pulumi.*.yaml")
        .map((file) => file.slice("Pulumi.".length, -".yaml".length))
        .sort();
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

/** For an option of commander that may be given more than once. */
export function collect(name: string, names: readonly string[]): string[] {
    return [...names, name];
}
