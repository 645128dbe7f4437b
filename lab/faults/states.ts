import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cluster } from "../cluster/clusters.ts";
import { containerRecords } from "../cluster/kubelet/leftovers.ts";
import { labDirectory } from "../paths.ts";
import { Processes } from "../processes.ts";
import { startAgain } from "../up.ts";
import type { State } from "./operations.ts";
import { type Stack, stacks } from "./world.ts";

/** What a state of the lab is made of: GitHub, Pulumi's state, and what each cluster remembers. */
const partsOf = (of: readonly Stack[]) => [
    "github",
    "pulumi",
    ...of.map((stack) => join("kwok", "clusters", stack, "etcd")),
    ...of.map((stack) => join("pods", stack)),
];

/** The state that the lab was brought to last. */
let current: State | undefined;

/** The clusters in which two states differ: only a release has anything in staging. */
function differing(state: State): readonly Stack[] {
    return current === undefined || current === "release" || state === "release" ? stacks : ["dev"];
}

const copies = join(labDirectory, "states");

export function isKept(name: State): boolean {
    return existsSync(join(copies, name));
}

/** Keeps the lab as it is now under a name, and starts it again. */
export async function keep(name: State): Promise<void> {
    await halt(stacks);
    const copy = join(copies, name);
    rmSync(copy, { recursive: true, force: true });
    for (const part of partsOf(stacks)) move(join(labDirectory, part), join(copy, part));
    await startAgain(stacks);
    current = name;
}

/** Brings the lab back to how it was kept. */
export async function restore(name: State): Promise<void> {
    const changed = differing(name);
    await halt(changed);
    for (const part of partsOf(changed)) {
        rmSync(join(labDirectory, part), { recursive: true, force: true });
        move(join(copies, name, part), join(labDirectory, part));
    }
    await startAgain(changed);
    current = name;
}

function move(from: string, to: string): void {
    mkdirSync(join(to, ".."), { recursive: true });
    if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

/** Stops what holds a state in memory. */
async function halt(of: readonly Stack[]): Promise<void> {
    const processes = new Processes(labDirectory);
    await processes.stop("kubelet");
    await Promise.all([processes.stop("github"), ...of.map((stack) => clusterOf(stack).stop())]);
}

export function clusterOf(stack: Stack): Cluster {
    return new Cluster(labDirectory, stack);
}

/** The process of a Flux controller, and where its files are. */
export function controllerOf(stack: Stack, deployment: string): { pid: number; volumes: string } | undefined {
    const found = containerRecords(labDirectory).find(
        (each) => each.cluster === stack && each.deployment === deployment && each.pid !== undefined,
    );
    const uid = found && /([0-9a-f-]{36})-/.exec(found.file)?.[1];
    if (found?.pid === undefined || uid === undefined) return undefined;
    return { pid: found.pid, volumes: join(labDirectory, "pods", stack, uid, "volumes") };
}
