import { existsSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { type Config, parseConfig, type Settings } from "../../config/parse";
import { messageOf } from "../../domain/problem";
import { shortName } from "../tools/pulumi";
import { type Line, failed, ok, problemLine } from "./line";

/** The settings of a stack from its files, without asking pulumi, and the checks of them. */
export interface FromFiles {
    /** Undefined if there is a problem. */
    readonly config: Config | undefined;
    /** The `secretsprovider` in the stack file; undefined for the backend's default. */
    readonly secretsProvider: string | undefined;
    readonly checks: readonly Line[];
}

type Values = Readonly<Record<string, unknown>>;

/** Reads Pulumi.yaml and a stack file as pulumi does, and checks the settings as the program does. */
export function settingsFromFiles(stack: string): FromFiles {
    const name = shortName(stack);
    const file = `Pulumi.${name}.yaml`;
    if (!existsSync(file)) {
        const fix = `cp Pulumi.staging.yaml ${file}   (then edit it, or name another stack)`;
        return { config: undefined, secretsProvider: undefined, checks: [failed(file, "does not exist", fix)] };
    }
    try {
        const { settings, secretsProvider } = readFiles(name, file);
        const config = parseConfig(settings);
        return "stack" in config
            ? { config, secretsProvider, checks: [ok(file, "is valid")] }
            : { config: undefined, secretsProvider, checks: config.map((problem) => problemLine(problem)) };
    } catch (error) {
        const check = failed(file, `could not be read: ${messageOf(error)}`, `$EDITOR ${file}`);
        return { config: undefined, secretsProvider: undefined, checks: [check] };
    }
}

function readFiles(stack: string, file: string): { settings: Settings; secretsProvider: string | undefined } {
    const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, Values> };
    const { config, secretsprovider } = (parse(readFileSync(file, "utf8")) ?? {}) as {
        config?: Values;
        secretsprovider?: string;
    };
    const defaults = Object.entries(project.config).map(([key, it]) => [key, it.value ?? it.default] as const);
    const own = Object.entries(config ?? {}).map(([key, value]) => [fullKey(key), value] as const);
    const all = new Map([...defaults, ...own].filter(([, value]) => value !== undefined));
    const secrets = [...all].filter(([, value]) => isSecret(value)).map(([key]) => key);
    const values = [...all]
        .filter(([key]) => !secrets.includes(key))
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
    const byKey: Record<string, string> = Object.fromEntries(values);
    const githubBaseUrl = byKey["github:baseUrl"] ?? process.env.GITHUB_BASE_URL ?? "https://api.github.com/";
    const settings = { stack, values: byKey, githubBaseUrl, secrets, decrypted: false };
    return { settings, secretsProvider: secretsprovider };
}

/** The full key. A key without a namespace belongs to the project. */
function fullKey(key: string): string {
    return key.includes(":") ? key : `fluxcd:${key}`;
}

/** Whether a value, or a part of it, is encrypted. */
function isSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return false;
    }
    return "secure" in value || Object.values(value).some(isSecret);
}
