import type { PolicyRule } from "../config/access";
import type { OverlayObject } from "./overlay";

/** Rights of an account, in one namespace or in all of them. */
export interface Grant {
    /** Undefined for all namespaces and for what is in none. */
    readonly namespace: string | undefined;
    /** Undefined for rights that are not known here, such as those of the ClusterRole `admin`. */
    readonly rules: readonly PolicyRule[] | undefined;
}

interface Subject {
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
}

interface Binding {
    readonly roleRef?: { readonly kind?: string; readonly name?: string };
    readonly subjects?: readonly Subject[];
}

const fluxNamespace = "flux-system";

/** The rights that objects give an account of Flux's namespace. */
export function grantsIn(objects: readonly OverlayObject[], account: string): Grant[] {
    return objects
        .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
        .filter(({ raw }) => ((raw as Binding).subjects ?? []).some((subject) => isAccount(subject, account)))
        .map(({ kind, namespace, raw }) => {
            const { roleRef } = raw as Binding;
            const role = objects.find(
                (it) =>
                    it.kind === roleRef?.kind &&
                    it.name === roleRef.name &&
                    (it.kind === "ClusterRole" || it.namespace === namespace),
            );
            const { rules, aggregationRule } = (role?.raw ?? {}) as { rules?: PolicyRule[]; aggregationRule?: object };
            const known = role && aggregationRule === undefined ? (rules ?? []) : undefined;
            return { namespace: kind === "RoleBinding" ? namespace : undefined, rules: known };
        });
}

function isAccount({ kind, name, namespace }: Subject, account: string): boolean {
    return kind === "ServiceAccount"
        ? name === account && namespace === fluxNamespace
        : kind === "Group" &&
              ["system:serviceaccounts", `system:serviceaccounts:${fluxNamespace}`].includes(name ?? "");
}

/** A right that an account needs for an object, in the terms of an access review. */
export interface Needed {
    readonly group: string;
    readonly resource: string;
    readonly namespace?: string;
}

const clusterScoped = /^(Namespace|Node|PersistentVolume|Cluster.*|.*Class|CustomResourceDefinition|APIService)$/;
const admission = /^(Validating|Mutating)/;

export function neededFor({ apiVersion, kind, namespace }: OverlayObject): Needed {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const isInNone = clusterScoped.test(kind) || admission.test(kind);
    return { group, resource: pluralOf(kind), ...(!isInNone && namespace !== undefined && { namespace }) };
}

/** Kubernetes' own rule for the names of resources, which definitions follow too. */
function pluralOf(kind: string): string {
    const one = kind.toLowerCase();
    if (/(s|x|ch|sh)$/.test(one)) {
        return one === "endpoints" ? one : `${one}es`;
    }
    return /[^aeiou]y$/.test(one) ? `${one.slice(0, -1)}ies` : `${one}s`;
}

/** The verbs with which Flux applies an object: a server-side apply that creates needs both. */
export const applyVerbs = ["create", "patch"];

/** Whether the grants allow Flux to apply an object. */
export function isGranted(grants: readonly Grant[], needed: Needed): boolean {
    return applyVerbs.every((verb) =>
        grants.some(
            ({ namespace, rules }) =>
                (namespace === undefined || namespace === needed.namespace) &&
                (rules === undefined || rules.some((rule) => allows(rule, verb, needed))),
        ),
    );
}

function allows({ apiGroups = [], resources = [], verbs, resourceNames }: PolicyRule, verb: string, needed: Needed) {
    const has = (list: readonly string[], it: string) => list.includes("*") || list.includes(it);
    // A create has no name yet, so a rule with names does not allow it.
    return (
        resourceNames === undefined &&
        has(apiGroups, needed.group) &&
        has(resources, needed.resource) &&
        has(verbs, verb)
    );
}
