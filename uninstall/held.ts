import type { Cluster } from "./cluster";
import { type Found, fluxFinalizer } from "./objects";

/** The finalizers that block a deletion: all except Flux's own, and those that Kubernetes removes. */
export function foreign({ finalizers }: Pick<Found, "finalizers">): string[] {
    return finalizers.filter((finalizer) => {
        const [domain = ""] = finalizer.split("/");
        return finalizer !== fluxFinalizer && domain.includes(".") && !/(^|\.)(kubernetes|k8s)\.io$/.test(domain);
    });
}

/** The name in a message, such as `Kustomization podinfo/extra`. */
export function nameOf({ kind, namespace, name }: Found): string {
    return `${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The foreign finalizers of each object, and the command that removes them. */
export function heldLines({ context }: Cluster, objects: readonly Found[]): string[] {
    return objects.flatMap((object) => {
        const held = foreign(object);
        const rest = object.finalizers.filter((finalizer) => !held.includes(finalizer));
        const patch = JSON.stringify({ metadata: { finalizers: rest.length > 0 ? rest : null } });
        const within = object.namespace === undefined ? "" : ` -n ${object.namespace}`;
        return [
            `  ${nameOf(object)} is held by ${held.join(", ")}`,
            `    kubectl --context ${context}${within} patch ${object.kind.resource} ${object.name} --type=merge -p '${patch}'`,
        ];
    });
}

export const goOn =
    "The owners of these finalizers remove them, or you do, with the commands above. Then run pulumi destroy again.";

/** The number and names of objects, such as `3 objects: Alert a/b, HelmRelease c/d`. Shows up to ten names. */
export function countOf(objects: readonly Found[]): string {
    const shown = objects.slice(0, 10).map(nameOf).sort().join(", ");
    const more = objects.length > 10 ? ` and ${objects.length - 10} more` : "";
    return `${objects.length} ${objects.length === 1 ? "object" : "objects"}: ${shown}${more}`;
}
