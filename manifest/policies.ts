import type { FluxOptions } from "../config/flux";
import type { Customized, Objects } from "../domain/objects";

/**
 * Removes Flux's NetworkPolicies if the option is off, for clusters with rules of their own, as with `flux install
 * --network-policy=false`.
 */
export function networkPolicies(objects: Objects, options: FluxOptions): Customized {
    const kept = options.networkPolicies ? objects : objects.filter(({ kind }) => kind !== "NetworkPolicy");
    return { objects: kept, unfit: [] };
}
