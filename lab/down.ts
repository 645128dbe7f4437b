import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { Cluster } from "./cluster/clusters.ts";
import { containerRecords } from "./cluster/kubelet/leftovers.ts";
import { environments } from "./cluster/names.ts";
import { identityOf, markedProcesses } from "./identity.ts";
import { holderOf } from "./lock.ts";
import { labDirectory } from "./paths.ts";
import { Processes, stop } from "./processes.ts";
import { say } from "./progress.ts";

/** Ends every process of the lab, known or forgotten, and removes its directory. */
export async function down(): Promise<void> {
    const processes = new Processes(labDirectory);
    const starting = holderOf(join(labDirectory, "up.lock"));
    if (starting) await stop(starting, 3);

    const records = [
        ...processes.list(),
        ...containerRecords(labDirectory).map(({ pid = 0, identity = "" }) => ({ pid, identity })),
        ...markedProcesses(labDirectory).map(({ pid }) => ({ pid, identity: identityOf(pid) ?? "" })),
    ];
    await Promise.all([
        ...records.map((process) => stop(process, 3)),
        ...environments.map((name) => new Cluster(labDirectory, name).remove()),
    ]);
    // Whatever one of them started between the look and its end.
    await Promise.all(
        markedProcesses(labDirectory).map(({ pid }) => stop({ pid, identity: identityOf(pid) ?? "" }, 0)),
    );
    const existed = existsSync(labDirectory);
    rmSync(labDirectory, { recursive: true, force: true, maxRetries: 5 });
    say(
        existed
            ? `The lab is down and ${relative("", labDirectory)} removed; the tools stay in the cache.`
            : "There is no lab to take down.",
    );
}
