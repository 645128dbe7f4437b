import type { Cluster } from "./cluster";
import { type Found, fluxFinalizer } from "./objects";

/** Finalizers that are neither Flux's nor Kubernetes' own, which it takes off itself. */
export function foreign({ finalizers }: Pick<Found, "finalizers">): string[] {
    return finalizers.filter((finalizer) => {
        const [domain = ""] = finalizer.split("/");
        return finalizer !== fluxFinalizer && domain.includes(".") && !/(^|\.)(kubernetes|k8s)\.io$/.test(domain);
    });
}

/** `Kustomization podinfo/extra`. */
export function nameOf({ kind, namespace, name }: Found): string {
    return `${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** What holds an object, and the command that takes it off. */
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
    "Whoever put these finalizers there takes them off, or you do, with the commands above. Then run pulumi destroy again.";

/** `3 objects: Alert a/b, HelmRelease c/d`, cut where it gets long. */
export function countOf(objects: readonly Found[]): string {
    const shown = objects.slice(0, 10).map(nameOf).sort().join(", ");
    const more = objects.length > 10 ? ` and ${objects.length - 10} more` : "";
    return `${objects.length} ${objects.length === 1 ? "object" : "objects"}: ${shown}${more}`;
}
