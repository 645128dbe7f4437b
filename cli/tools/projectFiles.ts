import { existsSync, globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

/** Settings by full key, such as `fluxcd:sources`. */
export type Values = Readonly<Record<string, unknown>>;

/** A stack file as pulumi reads it. */
export interface StackFile {
    /** The values that the file itself has. */
    readonly values: Values;
    /** The names of the Pulumi ESC environments that add to them. */
    readonly environments: readonly string[];
    /** The `secretsprovider`; undefined for the backend's default. */
    readonly secretsProvider: string | undefined;
}

/** The name of a stack's file; its organization and project are not part of it. */
export function stackFileOf(shortName: string): string {
    return `Pulumi.${shortName}.yaml`;
}

/** The bare names of the stacks that have a file here. */
export function namesOfStackFiles(): string[] {
    return globSync("Pulumi.*.yaml").map((file) => file.slice("Pulumi.".length, -".yaml".length));
}

/** Reads a stack file; undefined if it does not exist. Fails if it is not valid YAML. */
export function readStackFile(shortName: string): StackFile | undefined {
    const file = stackFileOf(shortName);
    if (!existsSync(file)) {
        return undefined;
    }
    const { config, environment, secretsprovider } = (parsed(file) ?? {}) as {
        config?: Values;
        environment?: unknown;
        secretsprovider?: string;
    };
    const values = Object.entries(config ?? {}).map(([key, value]) => [fullKey(key), value] as const);
    return {
        values: Object.fromEntries(values),
        environments: environmentsIn(environment),
        secretsProvider: secretsprovider,
    };
}

/**
 * The values and defaults in Pulumi.yaml. A value may stand for itself: `github:owner: misua` is the short form of
 * `github:owner: { value: misua }`. https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
 */
export function readProjectValues(): Values {
    const { config } = parsed("Pulumi.yaml") as { config?: Record<string, unknown> };
    const all = Object.entries(config ?? {}).map(([key, given]) => {
        const isShort = typeof given !== "object" || given === null || Array.isArray(given);
        const { value, default: byDefault } = (isShort ? { value: given } : given) as Values;
        return [fullKey(key), value ?? byDefault] as const;
    });
    return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== null));
}

function parsed(file: string): unknown {
    return parse(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
}

/** The full key. A key without a namespace belongs to the project. */
function fullKey(key: string): string {
    return key.includes(":") ? key : `fluxcd:${key}`;
}

/** A list of names, or an environment that is written out in the stack file, which may import others. */
function environmentsIn(environment: unknown): string[] {
    if (Array.isArray(environment)) {
        return environment.flatMap((it: unknown) =>
            typeof it === "object" && it !== null ? Object.keys(it) : [String(it)],
        );
    }
    if (typeof environment !== "object" || environment === null) {
        return [];
    }
    const { imports, values } = environment as { imports?: unknown; values?: unknown };
    return [...environmentsIn(imports ?? []), ...(values === undefined ? [] : ["the one written out in it"])];
}
