import { text, type ValueMap } from "../../values.ts";
import type { Cluster } from "../cluster.ts";
import type { Log } from "../log.ts";
import { annotation, isA, kindOf, nameOf, namespaceOf, textAt } from "../object.ts";
import { waitFor, type Condition, type Verdict } from "./conditions.ts";
import { showWarnings } from "./events.ts";
import { Cancelled, follow, throwIfAborted, TimedOut } from "./follow.ts";
import { hasEndpoints, needsEndpoints, readiness } from "./readiness.ts";

export interface Waiting {
    cluster: Cluster;
    log: Log;
    cancelled: AbortSignal;
    /** From the resource's own options; the annotation and then ten minutes stand in for it. */
    seconds: number;
}

/** It did not become ready: what it was last, and what it said. */
export class NotReady extends Error {
    readonly live: ValueMap;
    readonly reasons: string[];

    constructor(message: string, live: ValueMap, reasons: string[]) {
        super(message);
        this.live = live;
        this.reasons = reasons;
    }
}

export const defaultSeconds = 600;

export function deadline(object: ValueMap, { seconds, cancelled }: Waiting): AbortSignal {
    const annotated = Number.parseInt(annotation(object, "timeoutSeconds"), 10);
    const limit = seconds || (Number.isNaN(annotated) ? defaultSeconds : annotated);
    return AbortSignal.any([cancelled, AbortSignal.timeout(limit * 1000)]);
}

/** Waits until the object is ready and gives back what it has become. */
export async function ready(live: ValueMap, waiting: Waiting): Promise<ValueMap> {
    if (annotation(live, "skipAwait") === "true") return live;
    const asked = waitFor(live);
    const signal = deadline(live, waiting);
    let last = live;
    let verdicts: Verdict[] = [];
    const conditions = asked ?? (await ownConditions(live, waiting.cluster));
    const visit = (object: ValueMap | undefined): boolean => {
        if (!object) throw new Error("it was deleted while it was waited for");
        last = object;
        verdicts = conditions.map((condition) => condition(object));
        for (const { message, severity } of verdicts) if (message) waiting.log.status(severity ?? "info", message);
        return verdicts.every((verdict) => verdict.ready);
    };
    const finished = new AbortController();
    try {
        if (!safely(() => visit(live)) || (!asked && needsEndpoints(live))) {
            const stop = AbortSignal.any([signal, finished.signal]);
            void showWarnings(waiting.cluster, live, { log: waiting.log, signal: stop });
            await follow(last, { cluster: waiting.cluster, signal, visit });
            if (!asked && needsEndpoints(last)) await endpoints(last, waiting, signal);
        }
        waiting.log.status("info", "");
        return last;
    } catch (error) {
        const said = verdicts.flatMap(({ ready: fine, message }) => (fine || !message ? [] : [message]));
        throw new NotReady(worded(error, last, asked !== undefined), last, asked ? [] : said);
    } finally {
        finished.abort();
    }
}

/** The first look decides only whether to wait: what it throws, the wait throws again. */
function safely(look: () => boolean): boolean {
    try {
        return look();
    } catch {
        return false;
    }
}

function worded(error: unknown, object: ValueMap, custom: boolean): string {
    if (error instanceof Cancelled) return `Resource operation was cancelled for "${nameOf(object)}"`;
    if (error instanceof TimedOut && !custom) return `'${nameOf(object)}' timed out waiting to be Ready`;
    return error instanceof Error ? error.message : String(error);
}

async function ownConditions(object: ValueMap, cluster: Cluster): Promise<Condition[]> {
    if (isA(object, "v1", "PersistentVolumeClaim") && (await waitsForConsumer(object, cluster))) return [];
    const own = readiness(object);
    return own ? [own] : [];
}

async function waitsForConsumer(claim: ValueMap, cluster: Cluster): Promise<boolean> {
    const name = textAt(claim, "spec", "storageClassName");
    if (!name) return false;
    const storageClass = await cluster.request(`/apis/storage.k8s.io/v1/storageclasses/${name}`);
    return text(storageClass.volumeBindingMode) === "WaitForFirstConsumer";
}

async function endpoints(service: ValueMap, { cluster, log }: Waiting, signal: AbortSignal) {
    const resource = await cluster.require({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" });
    const selector = { labelSelector: `kubernetes.io/service-name=${nameOf(service)}` };
    log.status("info", "Finding Pods to direct traffic to");
    const found = new AbortController();
    const onEvent = (type: string, slice: ValueMap) => {
        if (type !== "DELETED" && hasEndpoints(slice)) found.abort();
    };
    const watching = AbortSignal.any([signal, found.signal]);
    while (!found.signal.aborted) {
        throwIfAborted(signal);
        await cluster.watch(cluster.path(resource, namespaceOf(service)), selector, { onEvent, signal: watching });
    }
}

/** How it stands right now, for a refresh: the reasons why it is not ready. */
export function unready(live: ValueMap): string[] {
    if (annotation(live, "skipAwait") === "true") return [];
    const { kind } = kindOf(live);
    if (!["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(kind)) return [];
    const verdict = readiness(live)?.(live) ?? { ready: true };
    return verdict.ready ? [] : [verdict.message ?? "not ready"];
}
