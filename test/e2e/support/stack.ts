import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { labEnvironment } from "./lab";
import { checkout, type Options, type Result, run, tail } from "./run";

/** Where the tests keep what they write, outside the checkout. */
export const scratch = mkdtempSync(join(tmpdir(), "fluxcd-e2e-"));

type Values = Record<string, unknown>;

/** A copy of a stack file, for `--config-file`, with some keys set and the fields of others changed. */
export function configFile(stack: string, set: Values, change: Record<string, object> = {}): string {
    const { config } = parse(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8")) as { config: Values };
    const file = join(mkdtempSync(join(scratch, "config-")), `Pulumi.${stack}.yaml`);
    const changed = Object.entries(change).map(([key, fields]) => [key, { ...(config[key] as object), ...fields }]);
    writeFileSync(file, stringify({ config: { ...config, ...set, ...(Object.fromEntries(changed) as Values) } }));
    return file;
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

export interface SourceOutput {
    readonly repository: string;
    readonly ref: string;
    readonly commit?: string;
    readonly exemption?: { readonly kind: "rollback" | "hotfix"; readonly reason: string };
    readonly suspended: boolean;
    readonly fetchedRevision: string;
    readonly appliedRevision: string;
    /** Newest first. */
    readonly healthyRevisions: readonly {
        readonly revision: string;
        readonly since?: string;
        readonly until?: string;
    }[];
}

export interface Outputs {
    readonly fluxVersion: string;
    readonly environment: string;
    readonly cluster: { readonly context: string; readonly uid: string };
    readonly credentials: {
        readonly github: { readonly expires?: string };
        readonly flux: { readonly identity: string; readonly expires?: string };
    };
    readonly infrastructure: SourceOutput;
    readonly apps: SourceOutput;
}

export async function outputs(stack: string): Promise<Outputs> {
    return JSON.parse((await mustPulumi("stack output", stack, ["--json"])).stdout) as Outputs;
}

export interface Step {
    readonly op: string;
    readonly urn: string;
}

/** What a preview would do, by resource name. */
export async function plannedSteps(stack: string, args: readonly string[]): Promise<Record<string, string>> {
    const { stdout } = await mustPulumi("preview", stack, ["--json", ...args]);
    const { steps } = JSON.parse(stdout) as { steps: Step[] };
    return Object.fromEntries(steps.map(({ op, urn }) => [urn.split("::").at(-1) ?? urn, op]));
}
