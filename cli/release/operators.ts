import { lostBetween, type ManifestObject } from "./manifestObjects";

/** A Kustomization at two releases. */
export interface AtBoth {
    readonly name: string;
    /** The names of the Kustomizations that Flux applies before it. */
    readonly needs: readonly string[];
    /** The rendered manifests. */
    readonly before: string;
    readonly after: string;
}

/** Objects that a release removes after the operator that handles them. */
export interface RemovedLate {
    /** The operators, or their definitions, such as `HelmRelease cert-manager/cert-manager`. */
    readonly operators: readonly string[];
    readonly objects: readonly ManifestObject[];
}

/**
 * Flux removes objects in the order in which it applies, so an operator goes before the objects that it handles. Without it,
 * those with a finalizer stay: https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 * Undefined if a release removes no such objects together with their operator.
 */
export function removedLate(kustomizations: readonly AtBoth[]): RemovedLate | undefined {
    // An object that another Kustomization has now is not removed.
    const after = kustomizations.map((each) => each.after).join("\n---\n");
    const lost = new Map(kustomizations.map(({ name, before }) => [name, lostBetween(before, after)]));
    const found = kustomizations.map(({ name, needs }) => {
        const operators = needs.flatMap((other) => lost.get(other) ?? []).filter(isOperator);
        return { operators, objects: (lost.get(name) ?? []).filter((object) => isHandledBy(object, operators)) };
    });
    const late = found.filter(({ objects }) => objects.length > 0);
    const operators = new Set(late.flatMap((it) => it.operators.map(({ words }) => words)));
    return late.length === 0
        ? undefined
        : { operators: [...operators], objects: late.flatMap(({ objects }) => objects) };
}

/** The warning about a source, with the commands that delete the objects in time. */
export function removalNote(source: string, { operators, objects }: RemovedLate, context: string): string {
    const names = objects.map(({ words }) => words).join(", ");
    return (
        `${source} removes ${operators.join(", ")} before ${names}. An object with a finalizer stays if its operator is gone. ` +
        `Make a release without these objects first, or delete them just before the update: ${deletion(objects, context)}`
    );
}

/** The commands that delete the objects while their operator still runs. */
export function deletion(objects: readonly ManifestObject[], context: string): string {
    const namespaces = new Set(objects.map(({ namespace }) => namespace));
    return [...namespaces]
        .map((namespace) => {
            const own = objects.filter((it) => it.namespace === namespace);
            const names = own.map(({ kind, version, group, name }) => `${kind}.${version}.${group}/${name}`);
            return `kubectl --context ${context}${namespace === undefined ? "" : ` -n ${namespace}`} delete ${names.join(" ")}`;
        })
        .join(" && ");
}

const programs = new Set([
    "apps/DaemonSet",
    "apps/Deployment",
    "apps/StatefulSet",
    "helm.toolkit.fluxcd.io/HelmRelease",
]);

function isOperator({ group, kind }: ManifestObject): boolean {
    return programs.has(`${group}/${kind}`) || isDefinition({ group, kind });
}

function isDefinition({ group, kind }: Pick<ManifestObject, "group" | "kind">): boolean {
    return group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}

/** Whether one of them may handle an object: a program any kind that is not Kubernetes' or Flux's own. */
function isHandledBy({ group }: ManifestObject, operators: readonly ManifestObject[]): boolean {
    return !isBuiltIn(group) && operators.some((each) => !isDefinition(each) || each.name.endsWith(`.${group}`));
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/ and Flux's own groups. */
const builtInGroups = new Set([
    ...["", "apps", "autoscaling", "batch", "policy"],
    ...[
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    ].map((group) => `${group}.k8s.io`),
]);

function isBuiltIn(group: string): boolean {
    return builtInGroups.has(group) || group.endsWith(".toolkit.fluxcd.io");
}
