import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { labEnvironment } from "./lab";
import { checkout, type Options, type Result, run, tail } from "./run";
import type { KustomizationOutput, SourceOutput, StackOutputs } from "../../../domain/outputs";

/** Where the tests keep what they write, outside the checkout. */
export const scratch = mkdtempSync(join(tmpdir(), "fluxcd-e2e-"));

type Values = Record<string, unknown>;

/**
 * A copy of a stack file, for `--config-file`, with some keys set and the fields of others changed. A key is a path, as
 * `pulumi config set --path` takes it; what is undefined is taken out.
 */
export function configFile(stack: string, set: Values, change: Record<string, object> = {}): string {
    const { config } = parse(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8")) as { config: Values };
    const file = join(mkdtempSync(join(scratch, "config-")), `Pulumi.${stack}.yaml`);
    for (const [key, value] of Object.entries(set)) {
        put(config, key.split("."), value);
    }
    for (const [key, fields] of Object.entries(change)) {
        for (const [field, value] of Object.entries(fields)) {
            put(config, [...key.split("."), field], value);
        }
    }
    writeFileSync(file, stringify({ config }));
    return file;
}

function put(values: Values, [first = "", ...rest]: readonly string[], value: unknown): void {
    if (rest.length === 0) {
        // A copy: YAML writes what is the same twice as an alias.
        values[first] = structuredClone(value);
        return;
    }
    values[first] ??= {};
    put(values[first] as Values, rest, value);
}

/** Plain pulumi, as it is typed after `source .lab/env.sh`. */
export function pulumi(command: string, stack: string, args: readonly string[] = [], options: Options = {}) {
    const env = { ...labEnvironment(), ...options.env };
    return run("pulumi", [...command.split(" "), "-s", stack, "--non-interactive", ...args], { ...options, env });
}

/** pulumi that must succeed. */
export async function mustPulumi(command: string, stack: string, args: readonly string[] = []): Promise<Result> {
    const result = await pulumi(command, stack, args);
    assert.equal(result.code, 0, `pulumi ${command} -s ${stack} ${args.join(" ")} failed:\n${tail(result.output)}`);
    return result;
}

/** Encrypts a setting in such a file, or a part of one, as `pulumi config set --secret` does in a stack file. */
export async function setSecret(stack: string, file: string, key: string, value: string): Promise<void> {
    const args = [
        "config",
        "set",
        "--secret",
        ...(key.includes(".") ? ["--path"] : []),
        "-s",
        stack,
        "--config-file",
        file,
        "--non-interactive",
        "--",
        key,
        value,
    ];
    const { code } = await run("pulumi", args, { env: labEnvironment() });
    assert.equal(code, 0, `${key} could not be set`);
}

/** By the names of the sources that each stack has. */
type ByName<T> = Readonly<Record<"infrastructure" | "apps", T>>;

/** The sources and the Kustomizations that each stack has. */
export const builtIn = {
    sources: ["infrastructure", "apps"],
    kustomizations: ["infrastructure", "infrastructure-configs", "apps"],
} as const;

export type Outputs = StackOutputs & {
    readonly sources: ByName<SourceOutput>;
    readonly kustomizations: Readonly<Record<(typeof builtIn.kustomizations)[number], KustomizationOutput>>;
    readonly evidence: ByName<StackOutputs["evidence"][string]>;
};

export async function outputs(stack: string): Promise<Outputs> {
    return JSON.parse((await mustPulumi("stack output", stack, ["--json"])).stdout) as Outputs;
}

export interface Step {
    readonly op: string;
    readonly urn: string;
}

/** What a preview would do, by resource name; components, which share their names, with their types before them. */
export async function plannedSteps(stack: string, args: readonly string[]): Promise<Record<string, string>> {
    const { stdout } = await mustPulumi("preview", stack, ["--json", ...args]);
    const { steps } = JSON.parse(stdout) as { steps: Step[] };
    return Object.fromEntries(steps.map(({ op, urn }) => [nameOf(urn), op]));
}

function nameOf(urn: string): string {
    const [, , types = "", name = ""] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    return type.startsWith("fluxcd:") ? `${type} ${name}` : name;
}
