import type { FluxOptions } from "../config/flux";
import type { Customized, Objects } from "../domain/objects";

/** Without Flux's NetworkPolicies, as `flux install --network-policy=false` has it, where a cluster has rules of its own. */
export function networkPolicies(objects: Objects, options: FluxOptions): Customized {
    const kept = options.networkPolicies ? objects : objects.filter(({ kind }) => kind !== "NetworkPolicy");
    return { objects: kept, unfit: [] };
}
