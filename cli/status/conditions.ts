import { handWork } from "../../checks/handWork";
import type { Condition, Kustomization, Source } from "../../clients/cluster";

export function readyOf(object: Source | Kustomization): Condition | undefined {
    return object.status?.conditions?.find(({ type }) => type === "Ready");
}

/** Who has suspended an object that no stack file suspends, and when, as far as its managers tell. */
export function suspendedByHand(object: Source | Kustomization): string {
    const work = handWork(object).find(({ field }) => field === "spec.suspend");
    return work?.manager === undefined
        ? "suspended by hand"
        : `suspended by hand, by ${work.manager} at ${work.since ?? "a time not recorded"}`;
}

export function isSuspended(object: Source | Kustomization): boolean {
    return object.spec?.suspend === true;
}

/** Whether Flux is done with the latest change, and found nothing wrong. */
export function isSettled(object: Source | Kustomization): boolean {
    return readyOf(object)?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}
