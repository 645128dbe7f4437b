import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { environments } from "./cluster/names.ts";
import { marker } from "./identity.ts";
import { labDirectory } from "./paths.ts";

/**
 * Makes each environment's stack in the lab's backend. Elsewhere than in the checkout, because with a passphrase
 * `pulumi stack init` writes the stack's salt into the stack file of the project it stands in.
 */
export async function ensureStacks(
    pulumi: string,
    project: string,
    env: Record<string, string>,
): Promise<{ value: undefined; changed: boolean }> {
    const state = join(labDirectory, "pulumi", ".pulumi", "stacks", project);
    const missing = environments.filter((stack) => !existsSync(join(state, `${stack}.json`)));
    if (missing.length === 0) return { value: undefined, changed: false };

    const directory = join(labDirectory, "stack-init");
    mkdirSync(directory, { recursive: true });
    mkdirSync(join(labDirectory, "pulumi"), { recursive: true });
    writeFileSync(join(directory, "Pulumi.yaml"), stringify({ name: project, runtime: "nodejs" }));
    for (const stack of missing) {
        // Of an `up` that was killed: this one alone makes stacks.
        const locks = join(labDirectory, "pulumi", ".pulumi", "locks", "organization", project, stack);
        rmSync(locks, { recursive: true, force: true });
        const args = ["-C", directory, "stack", "init", stack, "--no-select", "--non-interactive"];
        const { failed, all } = await execa(pulumi, args, {
            env: { ...env, [marker]: labDirectory },
            reject: false,
            all: true,
            stdin: "ignore",
        });
        if (failed) throw new Error(`Pulumi could not make the stack ${stack}:\n${all}`);
    }
    rmSync(directory, { recursive: true });
    return { value: undefined, changed: true };
}
