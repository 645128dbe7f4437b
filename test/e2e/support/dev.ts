import { get } from "./cluster";
import { configFile } from "./stack";

/**
 * The stack file for dev with some keys set and the fields of others changed: as committed, also for a dev that was destroyed
 * and takes its repositories back as they are.
 */
export function devFile(set: Record<string, unknown> = {}, change: Record<string, object> = {}): Promise<string[]> {
    return Promise.resolve(["--config-file", configFile("dev", set, change)]);
}

interface Pods {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}

/** The pods of the workloads in dev: the same ones for as long as nothing restarts them. */
export async function workloads(): Promise<string[]> {
    const { items } = await get<Pods>("dev", "-n", "podinfo", "pods");
    return items.map(({ metadata: { name, uid } }) => `${name} ${uid}`).sort();
}
