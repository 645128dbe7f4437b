import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { get } from "./cluster";
import { api } from "./github";
import { variable } from "./lab";
import { configFile } from "./stack";

/** What a dev that was destroyed says to take its repositories back as they are, with the rules that it left behind. */
export const adopted = {
    "fluxcd:repositories": "adopt",
    "fluxcd:protection.branch": false,
    "fluxcd:protection.tags": false,
} as const;

/**
 * The stack file for dev with some keys set and the fields of others changed: as committed, or with the repositories that an
 * earlier spec left behind.
 */
export async function devFile(
    set: Record<string, unknown> = {},
    change: Record<string, object> = {},
): Promise<string[]> {
    const isThere = await api(`/repos/misua/fluxcd-apps`).then(
        () => true,
        () => false,
    );
    const leftToOthers = isThere && !ownsProtection();
    return ["--config-file", configFile("dev", { ...set, ...(leftToOthers && adopted) }, change)];
}

function ownsProtection(): boolean {
    const directory = fileURLToPath(variable("PULUMI_BACKEND_URL"));
    const state = readFileSync(join(directory, ".pulumi", "stacks", "fluxcd", "dev.json"), "utf8");
    return state.includes("github:index/branchProtection:BranchProtection");
}

interface Pods {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}

/** The pods of the workloads in dev: the same ones for as long as nothing restarts them. */
export async function workloads(): Promise<string[]> {
    const { items } = await get<Pods>("dev", "-n", "podinfo", "pods");
    return items.map(({ metadata: { name, uid } }) => `${name} ${uid}`).sort();
}
