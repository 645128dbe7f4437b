import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { z } from "zod";

import { type Config, parseConfig, type Settings } from "../../config/parse";
import { everyUpdate } from "../../clients/stackHistory";
import { commandsRunWith } from "../../domain/here";
import { type Standings, standingSchema } from "../../domain/release";
import { prefixOf, shortName } from "../../domain/stackName";
import { CommandError, exitCodes, problemsFound, wrongUsage } from "../terminal/exit";
import { missingStackFix } from "./missingStack";

const run = promisify(execFile);

/** https://www.pulumi.com/docs/iac/cli/exit-codes/ */
const stackNotFound = 6;

const configSchema = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean() }));

/** Reads a stack's settings, with the defaults of Pulumi.yaml and without secrets, and parses them. */
export async function readSettings(stack: string): Promise<{ settings: Settings; config: Config }> {
    commandsRunWith({ stackPrefix: prefixOf(stack) });
    const settings = await settingsFromPulumi(stack);
    return { settings, config: validConfig(settings) };
}

/** The settings of a stack as an update reads them: from its file, its Pulumi ESC environments and Pulumi.yaml. */
export async function settingsFromPulumi(stack: string): Promise<Settings> {
    // Without --open, pulumi prints [unknown] for the values that an environment gets from somewhere else.
    const json: unknown = JSON.parse(await pulumi("config", "--json", "--open", "--stack", stack));
    const all = Object.entries(configSchema.parse(json));
    const entries = all.flatMap(([key, { value, secret }]) =>
        value === undefined || secret ? [] : [[key, value] as const],
    );
    const secrets = all.flatMap(([key, { secret }]) => (secret ? [key] : []));
    const values = Object.fromEntries(entries);
    const githubBaseUrl = values["github:baseUrl"] ?? process.env.GITHUB_BASE_URL ?? "https://api.github.com/";
    return { stack: shortName(stack), values, githubBaseUrl, secrets, decrypted: false };
}

/** The parsed settings. Throws an error with all problems if they are not valid. */
export function validConfig(settings: Settings): Config {
    const config = parseConfig(settings);
    if (!("stack" in config)) {
        throw problemsFound(`The configuration of stack ${settings.stack} would not be valid.`, config);
    }
    return config;
}

/** The outputs of a stack's last update; empty before the first one. */
export async function stackOutputs(stack: string): Promise<unknown> {
    return JSON.parse(await pulumi("stack", "output", "--json", "--stack", stack)) as unknown;
}

/** All updates of a stack, newest first. */
export async function stackHistory(stack: string): Promise<readonly unknown[]> {
    return everyUpdate(pulumi, stack);
}

/** Whether the passphrase here, or the stack's other secrets provider, can decrypt its secrets. Shows no secret. */
export async function opensSecrets(stack: string): Promise<boolean> {
    return pulumi("stack", "export", "--show-secrets", "--stack", stack).then(
        () => true,
        () => false,
    );
}

const rememberedSchema = z.object({ sources: z.record(z.string(), standingSchema) });
const stateSchema = z.object({
    deployment: z.object({
        resources: z.array(z.object({ urn: z.string(), inputs: z.unknown().optional() })).optional(),
    }),
});

/**
 * The standings in a stack's state, which the program's own gate reads too; undefined before its first update. The
 * outputs are not enough: a failed update, the reason for most rollbacks, does not change them.
 */
export async function standingsOfStack(stack: string): Promise<Standings | undefined> {
    const json: unknown = JSON.parse(await pulumi("stack", "export", "--stack", stack));
    const { resources = [] } = stateSchema.parse(json).deployment;
    const remembered = resources.find(({ urn }) => urn.endsWith("::pulumi:index:Stash::release"));
    return remembered && z.object({ input: rememberedSchema }).parse(remembered.inputs).input.sources;
}

/**
 * The outputs of pulumi commands by arguments. Several parts of a command ask for the same output, and all commands
 * only read.
 */
const printed = new Map<string, Promise<string>>();

/** Clears the outputs, so that the next calls run pulumi again. */
export function forgetPrinted(): void {
    printed.clear();
}

/**
 * Runs pulumi, once for the same arguments. An error contains the text of stderr, but never stdout, which may contain
 * secrets.
 */
export function pulumi(...args: string[]): Promise<string> {
    const key = JSON.stringify(args);
    const output = printed.get(key) ?? runPulumi(args);
    printed.set(key, output);
    return output;
}

/** The names of the project's stacks in all organizations of the user; empty if pulumi does not print them. */
async function stacksOfProject(): Promise<readonly string[]> {
    try {
        const { stdout } = await run("pulumi", ["stack", "ls", "--json", "--non-interactive", "--color", "never"]);
        return z
            .array(z.object({ name: z.string() }))
            .parse(JSON.parse(stdout))
            .map(({ name }) => name);
    } catch {
        return [];
    }
}

async function runPulumi(args: string[]): Promise<string> {
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
            const fix = missingStackFix(stack, await stacksOfProject());
            throw wrongUsage("There is no such stack.", [{ key: "stack", value: stack, expected: words, fix }]);
        }
        const message = `pulumi ${args.join(" ")} failed: ${words === "" ? "it gave no reason" : words}`;
        throw new CommandError(exitCodes.failed, message);
    }
}
