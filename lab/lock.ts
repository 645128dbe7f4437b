import { rmSync } from "node:fs";
import { identityOf } from "./identity.ts";
import { isAlive, readJson, writeJson } from "./processes.ts";

export interface Holder {
    pid: number;
    identity: string;
}

/** Whoever holds the lock and still lives. */
export function holderOf(file: string): Holder | undefined {
    const holder = readJson(file) as Holder | undefined;
    return holder && isAlive(holder) ? holder : undefined;
}

/** Does the work unless another process is at it; the lock of one that was killed holds nobody up. */
export async function withLock(file: string, work: () => Promise<void>): Promise<void> {
    const holder = holderOf(file);
    if (holder) {
        throw new Error(`Another \`npm run lab -- up\` is at work (process ${holder.pid}): wait for it, or end it.`);
    }
    writeJson(file, { pid: process.pid, identity: identityOf(process.pid) ?? "" });
    try {
        await work();
    } finally {
        rmSync(file, { force: true });
    }
}
