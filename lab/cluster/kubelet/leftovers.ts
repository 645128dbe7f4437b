import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive, readJson, stop } from "../../processes.ts";

/** A controller's process, as the kubelet writes it down. */
export interface ContainerRecord {
    cluster: string;
    namespace: string;
    deployment: string;
    pod: string;
    container: string;
    image: string;
    log: string;
    pid: number;
    identity: string;
    /** The host's port for each of the container's. */
    ports: Record<string, number>;
}

export function containerRecords(lab: string): (ContainerRecord & { file: string })[] {
    const root = join(lab, "run", "pods");
    if (!existsSync(root)) return [];
    return readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".json"))
        .map((file) => ({ ...(readJson(join(root, file)) as ContainerRecord), file: join(root, file) }))
        .filter(({ pid }) => pid > 0);
}

/** Ends what a kubelet that was killed left running: nobody watches those processes any more. */
export async function endLeftovers(lab: string): Promise<void> {
    await Promise.all(
        containerRecords(lab).map(async (record) => {
            if (isAlive(record)) await stop(record, 3);
            rmSync(record.file, { force: true });
        }),
    );
}
