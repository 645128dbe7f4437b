import { z } from "zod";

import { messageOf, type Problem } from "../../domain/problem";
import { CommandError } from "../terminal/exit";
import { setDefault } from "../tools/missingStack";
import { opensSecrets, pulumi, stackOutputs } from "../tools/pulumi";
import { type Line, failed, ok, skipped, warning } from "./line";

const whoamiSchema = z.object({ user: z.string(), url: z.string() });

/** Pulumi's backend for state; its URL is undefined if nobody is logged in. */
export interface Backend {
    readonly url: string | undefined;
    readonly check: Line;
}

/** Checks the login to the backend. */
export async function lookAtBackend(): Promise<Backend> {
    try {
        const { user, url } = whoamiSchema.parse(JSON.parse(await pulumi("whoami", "--verbose", "--json")));
        return { url, check: ok("pulumi login", `${user} at ${url}`) };
    } catch (error) {
        const fix =
            "pulumi login   (Pulumi Cloud; or your own, such as pulumi login s3://<bucket>, pulumi login file://~)";
        return { url: undefined, check: failed("pulumi login", messageOf(error), fix) };
    }
}

/** The outputs of a stack's last update; undefined if there was none. */
export interface StackState {
    readonly outputs: unknown;
    readonly checks: readonly Line[];
}

/** Checks that the stack exists and that its secrets can be decrypted. Fails if pulumi cannot answer. */
export async function lookAtStack(
    stack: string,
    { url }: Backend,
    secretsProvider: string | undefined,
): Promise<StackState> {
    const about = `stack ${stack}`;
    if (url === undefined) {
        return { outputs: undefined, checks: [skipped(about, "pulumi login must succeed first")] };
    }
    const passphrase = passphraseCheck(url, secretsProvider);
    const outputs = await stackOutputs(stack).catch((error: unknown) => {
        const problems = error instanceof CommandError ? error.problems : [];
        const missing = problems.find(({ key }) => key === "stack");
        if (missing) {
            return { missing };
        }
        throw error;
    });
    if (isMissing(outputs)) {
        const { fix } = outputs.missing;
        const says = fix.startsWith(setDefault) ? "is not in the default organization" : "does not exist yet";
        return { outputs: undefined, checks: [...passphrase, warning(about, says, fix)] };
    }
    const isSet = passphrase.some(({ state }) => state === "ok");
    const opened =
        isSet && !(await opensSecrets(stack))
            ? [failed("PULUMI_CONFIG_PASSPHRASE", "does not open this stack's secrets", exportPassphrase)]
            : passphrase;
    return { outputs, checks: [...opened, ok(about, "exists")] };
}

function isMissing(outputs: unknown): outputs is { readonly missing: Problem } {
    return typeof outputs === "object" && outputs !== null && "missing" in outputs;
}

const exportPassphrase =
    "export PULUMI_CONFIG_PASSPHRASE_FILE=<file>   (a file that is not in the repository; or PULUMI_CONFIG_PASSPHRASE)";

/**
 * Checks the passphrase, if one is needed. Pulumi Cloud and a KMS have their own keys; all other backends use a
 * passphrase.
 */
function passphraseCheck(url: string, secretsProvider: string | undefined): Line[] {
    const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
    const needed = secretsProvider === undefined ? !/^https?:/.test(url) : secretsProvider === "passphrase";
    const about = "PULUMI_CONFIG_PASSPHRASE";
    if (!needed) {
        return [];
    }
    return text === undefined && file === undefined
        ? [failed(about, "is not set: this backend encrypts secrets with a passphrase", exportPassphrase)]
        : [ok(about, text === undefined ? "comes from PULUMI_CONFIG_PASSPHRASE_FILE" : "is set")];
}
