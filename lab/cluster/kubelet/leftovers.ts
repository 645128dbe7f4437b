import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, stop } from "../../processes.ts";

/** A controller's process, as the kubelet writes it down. */
export interface ContainerRecord {
    cluster: string;
    namespace: string;
    deployment: string;
    pod: string;
    container: string;
    image: string;
    log: string;
    /** Running, or why it does not. */
    state: string;
    ready: boolean;
    restartCount: number;
    pid?: number;
    identity?: string;
    /** The host's port for each of the container's. */
    ports: Record<string, number>;
}

export function containerRecords(lab: string): (ContainerRecord & { file: string })[] {
    const root = join(lab, "run", "pods");
    if (!existsSync(root)) return [];
    return readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".json"))
        .map((file) => join(root, file))
        .flatMap((file) => {
            const record = readJson(file) as ContainerRecord | undefined;
            return record ? [{ ...record, file }] : [];
        });
}

/** Ends what a kubelet that was killed left running: nobody watches those processes any more. */
export async function endLeftovers(lab: string): Promise<void> {
    await Promise.all(
        containerRecords(lab).map(async ({ pid = 0, identity = "", file }) => {
            await stop({ pid, identity }, 3);
            rmSync(file, { force: true });
        }),
    );
}
