import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { everyUpdate } from "../clients/stackHistory";

const run = promisify(execFile);

/**
 * Every update of a stack of this project, newest first. The engine gives a program no way to its history, so this asks the
 * `pulumi` on the PATH, in the project's folder and on the same backend. Fails with its words.
 */
export async function stackHistory(stack: string): Promise<readonly unknown[]> {
    const organization = pulumi.getOrganization();
    // A backend of one's own knows no organization, and some of them no longer name either.
    const name = organization === "organization" ? stack : `${organization}/${pulumi.getProject()}/${stack}`;
    return everyUpdate(askPulumi, name);
}

async function askPulumi(...args: string[]): Promise<string> {
    const options = { maxBuffer: 512 * 1024 * 1024 };
    const asked = run("pulumi", [...args, "--non-interactive", "--color", "never"], options);
    const { stdout } = await asked.catch((error: unknown) => {
        const { code, stderr = "" } = error as { code?: number | string; stderr?: string };
        const words = stderr.trim().replace(/^error: /, "") || `pulumi ended with ${code ?? "a signal"}`;
        throw new Error(code === "ENOENT" ? "pulumi is not on the PATH" : words);
    });
    return stdout;
}
