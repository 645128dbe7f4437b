import { handWork } from "../../checks/handWork";
import type { Condition, Kustomization, Source } from "../../clients/cluster";

export function readyOf(object: Source | Kustomization): Condition | undefined {
    return object.status?.conditions?.find(({ type }) => type === "Ready");
}

/** A text about a suspension by hand, with the manager and the time if Kubernetes recorded them. */
export function suspendedByHand(object: Source | Kustomization): string {
    const work = handWork(object).find(({ field }) => field === "spec.suspend");
    return work?.manager === undefined
        ? "suspended by hand"
        : `suspended by hand, by ${work.manager} at ${work.since ?? "a time not recorded"}`;
}

export function isSuspended(object: Source | Kustomization): boolean {
    return object.spec?.suspend === true;
}

/** Whether Flux has reconciled the latest change successfully. */
export function isSettled(object: Source | Kustomization): boolean {
    return readyOf(object)?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}
