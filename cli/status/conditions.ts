import type { Condition, Kustomization, Source } from "../../preflight/kubernetes";

export function readyOf(object: Source | Kustomization): Condition | undefined {
    return object.status?.conditions?.find(({ type }) => type === "Ready");
}

export function isSuspended(object: Source | Kustomization): boolean {
    return object.spec?.suspend === true;
}

/** Whether Flux is done with the latest change, and found nothing wrong. */
export function isSettled(object: Source | Kustomization): boolean {
    return readyOf(object)?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}
