import { type Cluster, request } from "./cluster";
import { countOf, foreign, goOn, heldLines, nameOf } from "./held";
import {
    controllersIn,
    type Found,
    fluxDefinitions,
    fluxFinalizer,
    kindsOf,
    objectsOf,
    pathOf,
    takeOff,
} from "./objects";

/**
 * After the controllers were deleted, removes their finalizer from the remaining objects of Flux, as `flux uninstall`
 * does. Deletes these objects unless the definitions are kept. The workloads that they applied stay, because no
 * controller runs that could prune them.
 */
export async function free(
    cluster: Cluster,
    { namespace, keepDefinitions, stack }: { namespace: string; keepDefinitions: boolean; stack: string },
): Promise<void> {
    const controllers = await controllersIn(cluster, namespace);
    // The controllers should be gone by now. One that is missing from the state would see its definitions deleted, and
    // prune what it applied.
    if (controllers.length > 0) {
        const names = controllers.map(({ name }) => name).join(", ");
        throw new Error(
            [
                `Flux still runs: ${names} in namespace ${namespace} of ${cluster.context}. Its custom resource definitions stay, and so does everything that it applied.`,
                `  If the stack created it, and its state no longer has it: pulumi up --stack ${stack}`,
                `  If it is somebody else's: kubectl --context ${cluster.context} -n ${namespace} delete deployment ${controllers.map(({ name }) => name).join(" ")}`,
                "Then run pulumi destroy again.",
            ].join("\n"),
        );
    }
    const kinds = kindsOf(await fluxDefinitions(cluster));
    const objects = await objectsOf(cluster, kinds);
    const finalized = objects.filter(({ finalizers }) => finalizers.includes(fluxFinalizer));
    await inTurn(finalized, (object) => takeOff(cluster, object));
    if (finalized.length > 0) {
        cluster.say(`Took ${fluxFinalizer} off ${countOf(finalized)}`);
    }
    if (keepDefinitions) {
        return;
    }
    await inTurn(objects, ({ kind, namespace: at, name }) =>
        request(cluster, { method: "DELETE", path: pathOf(kind, at, name) }),
    );
    for (;;) {
        const left = await objectsOf(cluster, kinds);
        if (left.length === 0) {
            return;
        }
        if (Date.now() + 1000 >= cluster.deadline) {
            throw new Error(whatHolds(cluster, left));
        }
        await new Promise((later) => setTimeout(later, 1000));
    }
}

function whatHolds(cluster: Cluster, left: readonly Found[]): string {
    const held = left.filter((object) => foreign(object).length > 0);
    if (held.length === 0) {
        return `Objects of Flux still exist: ${left.map(nameOf).join(", ")}. Run pulumi destroy again.`;
    }
    return [
        "Flux's custom resource definitions cannot be deleted: some of their objects still exist.",
        ...heldLines(cluster, held),
        goOn,
    ].join("\n");
}

/** Runs up to ten at a time: a cluster may have thousands of objects, and its API server has other work. */
async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
    const queue = [...items];
    const worker = async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
            await act(item);
        }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
}
