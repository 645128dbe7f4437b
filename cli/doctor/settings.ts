import { type Config, parseConfig, type Settings } from "../../config/parse";
import { messageOf } from "../../domain/problem";
import { shortName } from "../../domain/stackName";
import { CommandError } from "../terminal/exit";
import { readProjectValues, readStackFile, type StackFile, stackFileOf } from "../tools/projectFiles";
import { settingsFromPulumi } from "../tools/pulumi";
import type { Backend } from "./backend";
import { type Line, failed, ok, problemLine, skipped } from "./line";

/** The settings of a stack, and the checks of them. */
export interface FoundSettings {
    /** Undefined if there is a problem. */
    readonly config: Config | undefined;
    /** The `secretsprovider` in the stack file; undefined for the backend's default. */
    readonly secretsProvider: string | undefined;
    readonly checks: readonly Line[];
}

/**
 * The settings, checked as the program checks them. pulumi is asked only for the environments of Pulumi ESC and for a
 * stack without a file, because it needs a second for each stack. Without a login, or for a stack that does not exist yet, the files say what they can.
 */
export async function settingsOfStack(stack: string, backend: Promise<Backend>): Promise<FoundSettings> {
    const fromFiles = settingsFromFiles(stack);
    const isWithoutFile = fromFiles.checks.some(({ says }) => says === doesNotExist);
    if (!(isWithoutFile || usesEnvironments(stack)) || (await backend).url === undefined) {
        return fromFiles;
    }
    try {
        const found = checked(await settingsFromPulumi(stack), fileOf(stack));
        const isNowhere = isWithoutFile && found.config === undefined;
        return isNowhere ? fromFiles : { ...found, secretsProvider: fromFiles.secretsProvider };
    } catch (error) {
        const problems = error instanceof CommandError ? error.problems : [];
        const isNew = problems.some(({ key }) => key === "stack");
        return isNew ? fromFiles : unread(stack, messageOf(error), `pulumi config --stack ${stack}`);
    }
}

/** The settings in Pulumi.yaml and the stack file, without asking pulumi. */
export function settingsFromFiles(stack: string): FoundSettings {
    const name = shortName(stack);
    const about = stackFileOf(name);
    try {
        const file = readStackFile(name);
        if (!file) {
            const fix = `cp Pulumi.staging.yaml ${about}   (then edit it, or name another stack)`;
            return { config: undefined, secretsProvider: undefined, checks: [failed(about, doesNotExist, fix)] };
        }
        const found = { ...checked(settingsIn(name, file), file), secretsProvider: file.secretsProvider };
        return file.environments.length === 0 ? found : withoutEnvironments(found, about, file);
    } catch (error) {
        return unread(stack, `could not be read: ${messageOf(error)}`, `$EDITOR ${about}`);
    }
}

const doesNotExist = "does not exist";

/** What the files alone can say if values come from Pulumi ESC too: nothing is missing until pulumi is asked. */
function withoutEnvironments(found: FoundSettings, about: string, { environments }: StackFile): FoundSettings {
    const says = `has values of Pulumi ESC too, from ${environments.join(", ")}, which only pulumi can read: it needs the login and the stack`;
    const wrong = found.checks.filter(
        ({ state, says: words }) => state === "failed" && !words.startsWith("is missing"),
    );
    return { ...found, config: undefined, checks: [skipped(about, says), ...wrong] };
}

function unread(stack: string, says: string, fix: string): FoundSettings {
    const about = stackFileOf(shortName(stack));
    return { config: undefined, secretsProvider: undefined, checks: [failed(about, says, fix)] };
}

function fileOf(stack: string): StackFile | undefined {
    return readStackFile(shortName(stack));
}

function usesEnvironments(stack: string): boolean {
    try {
        return (fileOf(stack)?.environments.length ?? 0) > 0;
    } catch {
        return false;
    }
}

function checked(settings: Settings, file: StackFile | undefined): FoundSettings {
    const config = parseConfig(settings);
    const { environments = [], secretsProvider } = file ?? {};
    const says = environments.length === 0 ? "is valid" : `is valid, with the values from ${environments.join(", ")}`;
    const about = stackFileOf(settings.stack);
    return "stack" in config
        ? { config, secretsProvider, checks: [ok(about, says)] }
        : { config: undefined, secretsProvider, checks: config.map((problem) => problemLine(problem)) };
}

function settingsIn(stack: string, file: StackFile): Settings {
    const own = Object.entries(file.values).filter(([, value]) => value !== undefined && value !== null);
    const all = Object.entries({ ...readProjectValues(), ...Object.fromEntries(own) });
    const secrets = all.filter(([, value]) => isSecret(value)).map(([key]) => key);
    const values = all
        .filter(([key]) => !secrets.includes(key))
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
    const byKey: Record<string, string> = Object.fromEntries(values);
    const githubBaseUrl = byKey["github:baseUrl"] ?? process.env.GITHUB_BASE_URL ?? "https://api.github.com/";
    return { stack, values: byKey, githubBaseUrl, secrets, decrypted: false };
}

/** Whether a value, or a part of it, is encrypted. */
function isSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return false;
    }
    return "secure" in value || Object.values(value).some(isSecret);
}
