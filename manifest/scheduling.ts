import { isDeepStrictEqual } from "node:util";

import type { FluxOptions } from "../config/flux";
import { changePods, type Customized, type Objects } from "../domain/objects";

/**
 * Sets the nodes that the controllers may run on.
 * https://fluxcd.io/flux/installation/configuration/vertical-scaling/#node-affinity-and-tolerations
 */
export function scheduling(objects: Objects, { tolerations, nodeSelector }: FluxOptions): Customized {
    const tolerant = tolerations.length === 0 ? objects : changePods(objects, tolerating(tolerations));
    const selective =
        Object.keys(nodeSelector).length === 0
            ? tolerant
            : changePods(tolerant, (pod) => ({ ...pod, nodeSelector: { ...pod.nodeSelector, ...nodeSelector } }));
    return { objects: selective, unfit: [] };
}

function tolerating(tolerations: FluxOptions["tolerations"]): Parameters<typeof changePods>[1] {
    return (pod) => {
        const others = (pod.tolerations ?? []).filter((it) => !tolerations.some((ours) => isDeepStrictEqual(it, ours)));
        return { ...pod, tolerations: [...others, ...tolerations] };
    };
}
