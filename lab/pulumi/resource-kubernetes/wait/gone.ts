import { isMap, text, type ValueMap } from "../../values.ts";
import type { Cluster } from "../cluster.ts";
import type { Log } from "../log.ts";
import { isCrd, kindOf, listAt, nameOf, namespaceOf, textAt } from "../object.ts";
import { Cancelled, follow, get, TimedOut } from "./follow.ts";

export interface Leaving {
    cluster: Cluster;
    log: Log;
    signal: AbortSignal;
}

/** Waits until an object that is being deleted is no more. */
export async function gone(object: ValueMap, { cluster, log, signal }: Leaving): Promise<void> {
    const resource = await cluster.require(kindOf(object));
    const path = cluster.path(resource, namespaceOf(object), nameOf(object));
    const current = await get(cluster, path, signal);
    if (!current || textAt(current, "metadata", "uid") !== textAt(object, "metadata", "uid")) return;
    let last = current;
    const stalled = stalledStorage(cluster, path, log);
    const visit = (seen: ValueMap | undefined): boolean => {
        if (!seen) return true;
        last = seen;
        for (const message of deletionMessages(seen)) log.status("info", message);
        stalled.look(seen);
        return false;
    };
    try {
        await follow(current, { cluster, signal, visit });
        log.status("info", "");
    } catch (error) {
        if (error instanceof Cancelled)
            throw new Error(`Resource operation was cancelled for "${nameOf(object)}"`, { cause: error });
        if (!(error instanceof TimedOut)) throw error;
        throw new Error(`${error.message}${inTheWay(last)}`, { cause: error });
    } finally {
        stalled.stop();
    }
}

function inTheWay(object: ValueMap): string {
    const finalizers = listAt(object, "metadata", "finalizers").map((finalizer) => text(finalizer));
    const messages = deletionMessages(object);
    const why = finalizers.length > 0 ? [`finalizers might be preventing deletion (${finalizers.join(", ")})`] : [];
    return [...why, ...messages].map((line) => `: ${line}`).join("");
}

/** What a namespace or CRD says about the rest that keeps it. */
const deletionMessages = (object: ValueMap): string[] =>
    listAt(object, "status", "conditions")
        .filter(isMap)
        .filter(
            ({ type, status }) => status === "True" && (type === "Terminating" || /Remaining|Failure/.test(text(type))),
        )
        .map(({ message }) => text(message))
        .filter(Boolean);

const nudgeAfter = 1000;

/**
 * A CRD that is deleted within seconds of its creation can stall: its finalizer reports that the storage is
 * (re)initializing and does not look again. Any write to the CRD makes it look, so write an annotation until it does.
 */
function stalledStorage(cluster: Cluster, path: string, log: Log) {
    let timer: NodeJS.Timeout | undefined;
    const nudge = () => {
        const body = { metadata: { annotations: { "pulumi.com/deletionRetried": new Date().toISOString() } } };
        log.status(
            "warning",
            "The CRD's finalizer has stalled on (re)initializing storage: writing to the CRD to wake it",
        );
        // It may be gone by now, which is what this is for.
        cluster
            .request(path, { method: "PATCH", contentType: "application/merge-patch+json", body })
            .catch(() => undefined);
    };
    return {
        look: (crd: ValueMap) => {
            clearTimeout(timer);
            const failed = listAt(crd, "status", "conditions")
                .filter(isMap)
                .some(({ type, reason }) => type === "Terminating" && reason === "InstanceDeletionFailed");
            if (isCrd(crd) && failed) timer = setTimeout(nudge, nudgeAfter);
        },
        stop: () => {
            clearTimeout(timer);
        },
    };
}
