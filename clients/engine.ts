import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { fullName } from "../domain/stackName";
import { everyUpdate } from "./stackHistory";

const run = promisify(execFile);

/**
 * All updates of a stack of this project, newest first. A program cannot read its history from the engine, so this runs
 * the `pulumi` on the PATH, in the project's folder and with the same backend. Fails with the message that `pulumi`
 * prints.
 */
export async function stackHistory(stack: string): Promise<readonly unknown[]> {
    const full = nameOf(stack);
    // A self-managed backend has no organizations; some of these backends do not accept one in a stack's name.
    const own = `organization/${pulumi.getProject()}/`;
    return everyUpdate(askPulumi, full.startsWith(own) ? full.slice(own.length) : full);
}

/** The full name of a stack, which has this stack's organization and project unless the name says otherwise. */
function nameOf(stack: string): string {
    return fullName(stack, pulumi.getOrganization(), pulumi.getProject());
}

async function askPulumi(...args: string[]): Promise<string> {
    const options = { maxBuffer: 512 * 1024 * 1024 };
    const asked = run("pulumi", [...args, "--non-interactive", "--color", "never"], options);
    const { stdout } = await asked.catch((error: unknown) => {
        const { code, stderr = "" } = error as { code?: number | string; stderr?: string };
        const words = stderr.trim().replace(/^error: /, "") || `pulumi exited with ${code ?? "a signal"}`;
        throw new Error(code === "ENOENT" ? "pulumi is not on the PATH" : words);
    });
    return stdout;
}

/** The number of Kubernetes objects in this stack's state, as of its last update. */
export async function objectsInState(): Promise<number> {
    const stackName = nameOf(pulumi.getStack());
    const invoked = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }, { async: true });
    const { outputs } = (await invoked) as { outputs: Readonly<Record<string, unknown>> };
    const types = Object.keys(outputs).map((urn) => urn.split("::")[2]?.split("$").at(-1) ?? "");
    return types.filter((type) => type.startsWith("kubernetes:")).length;
}

/** The outputs of a stack of this project, as of its last update. Fails if the stack does not exist. */
export async function lastOutputs(stack: string): Promise<unknown> {
    const name = nameOf(stack);
    // The invoke behind StackReference. The resource itself would show up as changed in each promotion.
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name }, { async: true })) as {
        outputs: unknown;
    };
    return outputs;
}
