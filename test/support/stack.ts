import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

type Values = Record<string, unknown>;

/** Gives the program the configuration the engine would: Pulumi.yaml's defaults under the values of a stack file, and secrets. */
export function useStackFile(
    file: string,
    overrides: Values = {},
    secrets: Readonly<Record<string, string>> = {},
): void {
    const project = parse(readFileSync("Pulumi.yaml", "utf8")) as {
        config: Record<string, { default?: unknown; value?: unknown }>;
    };
    const stack = parse(readFileSync(file, "utf8")) as { config: Values };
    const defaults = Object.entries(project.config).map(([key, it]) => [key, it.value ?? it.default] as const);
    const settings = { ...stack.config, ...overrides, ...secrets };
    const values = [...defaults, ...Object.entries(settings)]
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
    pulumi.runtime.setAllConfig(Object.fromEntries(values), Object.keys(secrets));
}
