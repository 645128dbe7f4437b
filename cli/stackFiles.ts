import { globSync } from "node:fs";

/** The stacks that have a file here. */
export function stackFiles(): string[] {
    return globSync("Pulumi.*.yaml")
        .map((file) => file.slice("Pulumi.".length, -".yaml".length))
        .sort();
}
