// One object, followed by watch.
import type { ValueMap } from "../../values.ts";
import { ApiError, type Cluster } from "../cluster.ts";
import { kindOf, nameOf, namespaceOf, numberAt, textAt } from "../object.ts";

export class TimedOut extends Error {
    constructor() {
        super("timed out waiting for the condition");
    }
}

export class Cancelled extends Error {
    constructor() {
        super("context canceled");
    }
}

export interface Following {
    cluster: Cluster;
    signal: AbortSignal;
    /** Sees every state, `undefined` once it is gone; true when there is nothing more to wait for. */
    visit: (object: ValueMap | undefined) => boolean;
}

const reconnectAfter = 500;

/** Ends when `visit` is content; with TimedOut or Cancelled when the signal comes first. */
export async function follow(start: ValueMap, { cluster, signal, visit }: Following): Promise<void> {
    let object = start;
    let outcome: { done: boolean } | { error: unknown } = { done: visit(start) };
    const isDone = () => "error" in outcome || outcome.done;
    const see = (seen: ValueMap | undefined) => {
        if (isDone()) return;
        const current = sameObject(start, seen);
        // A state from before the last change says nothing about that change.
        if (
            current &&
            (numberAt(current, "metadata", "generation") ?? 0) < (numberAt(object, "metadata", "generation") ?? 0)
        )
            return;
        if (current) object = current;
        try {
            outcome = { done: visit(current) };
        } catch (error) {
            outcome = { error };
        }
    };
    if (isDone()) return;
    const resource = await cluster.require(kindOf(start));
    const collection = cluster.path(resource, namespaceOf(start));
    const path = cluster.path(resource, namespaceOf(start), nameOf(start));
    for (;;) {
        const connection = new AbortController();
        const resourceVersion = textAt(object, "metadata", "resourceVersion");
        const query = { fieldSelector: `metadata.name=${nameOf(start)}`, resourceVersion };
        const onEvent = (type: string, seen: ValueMap) => {
            if (type === "ERROR" || type === "BOOKMARK") return;
            see(type === "DELETED" ? undefined : seen);
            if (isDone()) connection.abort();
        };
        const broken = await cluster
            .watch(collection, query, { onEvent, signal: AbortSignal.any([signal, connection.signal]) })
            .then(() => false)
            .catch(() => true);
        if ("error" in outcome) throw outcome.error;
        if (isDone()) return;
        throwIfAborted(signal);
        if (broken) await new Promise((resolve) => setTimeout(resolve, reconnectAfter));
        see(await get(cluster, path, signal));
        if ("error" in outcome) throw (outcome as { error: unknown }).error;
        if (isDone()) return;
    }
}

/** One that was deleted and made again under the same name is another object. */
const sameObject = (start: ValueMap, seen: ValueMap | undefined): ValueMap | undefined =>
    textAt(seen, "metadata", "uid") === textAt(start, "metadata", "uid") ? seen : undefined;

export async function get(cluster: Cluster, path: string, signal: AbortSignal): Promise<ValueMap | undefined> {
    try {
        return await cluster.request(path, { signal });
    } catch (error) {
        throwIfAborted(signal);
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
    }
}

export function throwIfAborted(signal: AbortSignal) {
    if (!signal.aborted) return;
    throw signal.reason instanceof DOMException && signal.reason.name === "TimeoutError"
        ? new TimedOut()
        : new Cancelled();
}
