import { z } from "zod";

import { messageOf } from "../../domain/problem";
import { CommandError } from "../terminal/exit";
import { opensSecrets, pulumi, stackOutputs } from "../tools/pulumi";
import { type Check, failed, ok, skipped, warning } from "./check";

const whoamiSchema = z.object({ user: z.string(), url: z.string() });

/** Where Pulumi keeps its state; undefined where nobody is logged in. */
export interface Backend {
    readonly url: string | undefined;
    readonly check: Check;
}

/** Whom the backend knows, and where it is. */
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

/** What a stack's last update left; undefined where there was none. */
export interface StackState {
    readonly outputs: unknown;
    readonly checks: readonly Check[];
}

/** Whether the stack is there, and whether its secrets can be read. Fails where pulumi cannot say. */
export async function lookAtStack(
    stack: string,
    { url }: Backend,
    secretsProvider: string | undefined,
): Promise<StackState> {
    const about = `stack ${stack}`;
    if (url === undefined) {
        return { outputs: undefined, checks: [skipped(about, "not looked at before somebody is logged in")] };
    }
    const passphrase = passphraseCheck(url, secretsProvider);
    const outputs = await stackOutputs(stack).catch((error: unknown) => {
        if (error instanceof CommandError && error.problems.some(({ key }) => key === "stack")) {
            return undefined;
        }
        throw error;
    });
    if (outputs === undefined) {
        const missing = warning(about, "is not there yet", `pulumi stack init ${stack} --no-select`);
        return { outputs, checks: [...passphrase, missing] };
    }
    const isSet = passphrase.some(({ state }) => state === "ok");
    const opened =
        isSet && !(await opensSecrets(stack))
            ? [failed("PULUMI_CONFIG_PASSPHRASE", "does not open this stack's secrets", exportPassphrase)]
            : passphrase;
    return { outputs, checks: [...opened, ok(about, "is there")] };
}

const exportPassphrase =
    "export PULUMI_CONFIG_PASSPHRASE_FILE=<file>   (a file that is not in the repository; or PULUMI_CONFIG_PASSPHRASE)";

/** Pulumi Cloud encrypts with a key of its own, so does a KMS; everything else takes a passphrase. */
function passphraseCheck(url: string, secretsProvider: string | undefined): Check[] {
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
