import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../cluster/api.ts";
import { Cluster } from "../cluster/clusters.ts";
import { containerRecords } from "../cluster/kubelet/leftovers.ts";
import { labDirectory } from "../paths.ts";
import { Processes, stop } from "../processes.ts";
import { startAgain } from "../up.ts";
import { type Stack, stacks } from "./world.ts";

/** What a state of the lab is made of: GitHub, Pulumi's state, and what each cluster remembers. */
const parts = [
    "github",
    "pulumi",
    ...stacks.map((stack) => join("kwok", "clusters", stack, "etcd")),
    ...stacks.map((stack) => join("pods", stack)),
];

const copies = join(labDirectory, "states");

export function isKept(name: string): boolean {
    return existsSync(join(copies, name));
}

/** Keeps the lab as it is now under a name, and starts it again. */
export async function keep(name: string): Promise<void> {
    await Promise.all(stacks.map(leaveNode));
    await halt();
    const copy = join(copies, name);
    rmSync(copy, { recursive: true, force: true });
    for (const part of parts) move(join(labDirectory, part), join(copy, part));
    await startAgain(stacks);
}

/** Brings the lab back to how it was kept. */
export async function restore(name: string): Promise<void> {
    await halt();
    for (const part of parts) {
        rmSync(join(labDirectory, part), { recursive: true, force: true });
        move(join(copies, name, part), join(labDirectory, part));
    }
    await startAgain(stacks);
}

function move(from: string, to: string): void {
    mkdirSync(join(to, ".."), { recursive: true });
    if (existsSync(from)) cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

/** Kwok holds its node by a lease of 200 s: the one that is started next would play no pod for that long. */
async function leaveNode(stack: Stack): Promise<void> {
    const cluster = clusterOf(stack);
    const kwok = cluster.components().find(({ name }) => name === "kwok-controller");
    if (kwok?.pid !== undefined) await stop({ pid: kwok.pid, identity: kwok.identity ?? "" }, 2);
    const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${stack}-node`;
    const { status, body } = await ask(cluster.access, lease, { method: "DELETE" });
    if (status !== 200 && status !== 404) throw new Error(`The lease of ${stack}'s node stays: ${body}`);
}

/** Stops what holds a state in memory. */
async function halt(): Promise<void> {
    const processes = new Processes(labDirectory);
    await processes.stop("kubelet");
    await Promise.all([processes.stop("github"), ...stacks.map((stack) => clusterOf(stack).stop())]);
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
