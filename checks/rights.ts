import type { Config } from "../config";
import type { PolicyRule } from "../config/access";
import type { Objects } from "../domain/objects";
import type { Resource } from "../clients/cluster";

/** A right to use verbs on a kind of objects. */
export interface Right extends Resource {
    readonly verbs: readonly string[];
    /** The rules of a role. A user who has all of these rights may grant the role. */
    readonly rules?: readonly PolicyRule[];
}

export type Settings = Pick<Config, "kustomizations" | "uninstall">;

/** The verbs that an object needs in the life of a stack; the provider watches the objects that it waits for. */
const verbs = ["get", "list", "watch", "create", "patch", "delete"];

const follow = ["list", "watch"];
const namespace = "flux-system";
const rbac = "rbac.authorization.k8s.io";

/**
 * The objects that the Kubernetes provider watches until a Deployment is ready. Without the right to, it silently
 * retries forever:
 * https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/await/deployment.go#L163
 */
const awaited: readonly Right[] = [
    { group: "apps", resource: "replicasets", namespace, verbs: follow },
    { group: "", resource: "pods", namespace, verbs: follow },
    { group: "", resource: "persistentvolumeclaims", namespace, verbs: follow },
    { group: "", resource: "events", namespace, verbs: follow },
];

/** The objects that the program creates in addition to the manifest, and those that it reads for the checks. */
const besides: readonly Right[] = [
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies", verbs },
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicybindings", verbs },
    { group: "", resource: "secrets", namespace, verbs },
    // Pulumi changes a CRD by replacing it.
    { group: "apiextensions.k8s.io", resource: "customresourcedefinitions", verbs: ["update"] },
    { group: "apps", resource: "deployments", verbs: ["list"] },
];

/** Deleting a namespace deletes everything in it, so a destroy first checks that all of it can be deleted. */
const teardown: readonly Right[] = [
    { group: "*", resource: "*", namespace, verbs: ["list"] },
    { group: "apiregistration.k8s.io", resource: "apiservices", verbs: ["list"] },
];

/**
 * All rights that a stack needs in its cluster, from the first update to the destroy. `pulumi up` and `doctor` check
 * each one.
 */
export function rightsOf(objects: Objects, { kustomizations, uninstall }: Settings): Right[] {
    const kinds = new Map<string, Right>();
    for (const { apiVersion, kind, metadata } of objects) {
        const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
        const resource = `${kind.toLowerCase().replace(/y$/, "ie")}s`;
        const where = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
        kinds.set(`${group}/${resource}`, { group, resource, verbs, ...where });
    }
    return [
        ...kinds.values(),
        ...objects
            .filter(({ kind }) => kind === "CustomResourceDefinition")
            .map(({ metadata }) => ofFlux(metadata.name)),
        ...besides,
        ...awaited,
        ...(uninstall.keepNamespace ? [] : teardown),
        ...givenAway(objects, kustomizations),
    ];
}

/**
 * The rights on a kind of Flux's objects, in all namespaces: a destroy removes finalizers from objects of the
 * repositories.
 */
function ofFlux(definition: string): Right {
    const [resource = "", ...group] = definition.split(".");
    return { group: group.join("."), resource, verbs };
}

/**
 * The rights to create roles and to bind them.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
function givenAway(objects: Objects, kustomizations: Settings["kustomizations"]): Right[] {
    const role = (name: string, verb: string, rules?: readonly PolicyRule[]): Right => ({
        ...{ group: rbac, resource: "clusterroles", name, verbs: [verb] },
        ...(rules && { rules }),
    });
    const accounts = Object.values(kustomizations).flatMap(({ name, rules }) =>
        rules ? [[`${name}-reconciler`, rules] as const] : [],
    );
    const made = objects
        .filter(({ kind }) => kind === "ClusterRole")
        .map(({ metadata, rules }) => [metadata.name, (rules ?? []) as PolicyRule[]] as const);
    const roles = new Map([...made, ...accounts]);
    const bound = objects
        .filter(({ kind }) => kind === "ClusterRoleBinding")
        .map(({ roleRef }) => (roleRef as { name?: string } | undefined)?.name ?? "");
    return [
        ...[...roles].filter(([, rules]) => rules.length > 0).map(([name, rules]) => role(name, "escalate", rules)),
        ...[...new Set([...bound, ...accounts.map(([name]) => name)])].map((name) =>
            role(name, "bind", roles.get(name)),
        ),
    ];
}
