import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
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

/** A resource in the state, found by its type and name; undefined if the state does not have it. */
export type InState = (type: string, name: string) => Readonly<Record<string, unknown>> | undefined;

/** The outputs of this stack's resources, as of its last update. */
export async function stateOfStack(): Promise<InState> {
    // With a state in files, the read can hit the engine's own write.
    const read = async (tries: number): Promise<Resources> =>
        resources().catch(async (error: unknown) => {
            if (tries === 5) {
                throw error;
            }
            await setTimeout(200 * tries);
            return read(tries + 1);
        });
    const found = Object.entries(await read(1)).map(([urn, { outputs }]) => [keyOf(urn), outputs ?? {}] as const);
    const byKey = new Map(found);
    return (type, name) => byKey.get(`${type}::${name}`);
}

/** The number of Kubernetes objects in this stack's state, as of its last update. */
export async function objectsInState(): Promise<number> {
    return Object.keys(await resources()).filter((urn) => keyOf(urn).startsWith("kubernetes:")).length;
}

type Resources = Readonly<Record<string, { readonly outputs?: Readonly<Record<string, unknown>> }>>;

async function resources(): Promise<Resources> {
    const stackName = nameOf(pulumi.getStack());
    const invoked = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }, { async: true });
    return ((await invoked) as { outputs: Resources }).outputs;
}

/** The type, without those of its parents, and the name. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
function keyOf(urn: string): string {
    const [, , types = "", name = ""] = urn.split("::");
    return `${types.split("$").at(-1) ?? ""}::${name}`;
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
