import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { z } from "zod";

import { type Config, parseConfig, type Settings } from "../../config/parse";
import { everyUpdate } from "../../clients/stackHistory";
import type { Standings } from "../../domain/release";
import { CommandError, exitCodes, problemsFound, wrongUsage } from "../terminal/exit";

const run = promisify(execFile);

/** https://www.pulumi.com/docs/iac/cli/exit-codes/ */
const stackNotFound = 6;

const configSchema = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean() }));

/** A stack's settings, Pulumi.yaml's defaults among them and secrets left out, and what they mean. */
export async function readSettings(stack: string): Promise<{ settings: Settings; config: Config }> {
    const json: unknown = JSON.parse(await pulumi("config", "--json", "--stack", stack));
    const all = Object.entries(configSchema.parse(json));
    const entries = all.flatMap(([key, { value, secret }]) =>
        value === undefined || secret ? [] : [[key, value] as const],
    );
    const secrets = all.flatMap(([key, { secret }]) => (secret ? [key] : []));
    const values = Object.fromEntries(entries);
    const githubBaseUrl = values["github:baseUrl"] ?? process.env.GITHUB_BASE_URL ?? "https://api.github.com/";
    const settings = { stack: shortName(stack), values, githubBaseUrl, secrets, decrypted: false };
    return { settings, config: validConfig(settings) };
}

/** What the settings mean, or an error with everything that is wrong with them. */
export function validConfig(settings: Settings): Config {
    const config = parseConfig(settings);
    if (!("stack" in config)) {
        throw problemsFound(`The configuration of stack ${settings.stack} would not be valid.`, config);
    }
    return config;
}

/** The outputs of a stack's last update; none before the first. */
export async function stackOutputs(stack: string): Promise<unknown> {
    return JSON.parse(await pulumi("stack", "output", "--json", "--stack", stack)) as unknown;
}

/** Every update of a stack, newest first. */
export async function stackHistory(stack: string): Promise<readonly unknown[]> {
    return everyUpdate(pulumi, stack);
}

/** Whether the passphrase here, or whatever else a stack's secrets are encrypted with, opens them. Nobody gets to see them. */
export async function opensSecrets(stack: string): Promise<boolean> {
    return pulumi("stack", "export", "--show-secrets", "--stack", stack).then(
        () => true,
        () => false,
    );
}

const exemptionSchema = z.object({ kind: z.enum(["rollback", "hotfix"]), reason: z.string() });
const standingSchema = z.union([
    z.object({ branch: z.string() }),
    z.object({ tag: z.string(), commit: z.string(), exemption: exemptionSchema.optional() }).transform(defined),
]);
const standingsSchema = z.object({ infrastructure: standingSchema, apps: standingSchema });
const stateSchema = z.object({
    deployment: z.object({
        resources: z.array(z.object({ urn: z.string(), inputs: z.unknown().optional() })).optional(),
    }),
});

/**
 * What a stack remembers to stand on, as the program's own gate reads it; undefined before its first update. The outputs
 * would not do: an update that fails, and that a rollback is for, leaves them as they were.
 */
export async function standingsOfStack(stack: string): Promise<Standings | undefined> {
    const json: unknown = JSON.parse(await pulumi("stack", "export", "--stack", stack));
    const { resources = [] } = stateSchema.parse(json).deployment;
    const remembered = resources.find(({ urn }) => urn.endsWith("::pulumi:index:Stash::release"));
    return remembered && z.object({ input: standingsSchema }).parse(remembered.inputs).input;
}

/** The last part of a name such as `organization/project/stack`, which is the one of the stack file. */
export function shortName(stack: string): string {
    return stack.slice(stack.lastIndexOf("/") + 1);
}

/** What pulumi prints on stdout. Its own words where it fails; never what it printed, which may hold secrets. */
export async function pulumi(...args: string[]): Promise<string> {
    try {
        const options = { maxBuffer: 512 * 1024 * 1024, env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } };
        const { stdout } = await run("pulumi", [...args, "--non-interactive", "--color", "never"], options);
        return stdout;
    } catch (error) {
        const { code, stderr = "" } = error as { code?: number | string; stderr?: string };
        if (code === "ENOENT") {
            throw wrongUsage("pulumi is not on the PATH: https://www.pulumi.com/docs/iac/download-install/");
        }
        const words = stderr.trim().replace(/^error: /, "");
        if (code === stackNotFound) {
            const { 1: stack = "" } = args.slice(args.indexOf("--stack"));
            const fix = `pulumi stack init ${stack} --no-select   (or pulumi stack ls, and another name)`;
            throw wrongUsage("There is no such stack.", [{ key: "stack", value: stack, expected: words, fix }]);
        }
        const message = `pulumi ${args.join(" ")} failed: ${words === "" ? "it gave no reason" : words}`;
        throw new CommandError(exitCodes.failed, message);
    }
}

function defined<T extends { exemption?: unknown }>({ exemption, ...rest }: T) {
    return { ...rest, ...(exemption !== undefined && { exemption }) } as Omit<T, "exemption"> & {
        exemption?: NonNullable<T["exemption"]>;
    };
}
