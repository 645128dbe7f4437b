import type { Config } from "../config";
import type { PolicyRule } from "../config/access";
import type { Objects } from "../domain/objects";
import type { Resource } from "../clients/cluster";

/** What somebody must be allowed to do with a kind of objects. */
export interface Right extends Resource {
    readonly verbs: readonly string[];
    /** Of a role: what it gives. Who has all of that himself may give it too. */
    readonly rules?: readonly PolicyRule[];
}

export type Settings = Pick<Config, "infrastructure" | "uninstall">;

/** What becomes of an object over the life of a stack; the provider watches what it waits for. */
const verbs = ["get", "list", "watch", "create", "patch", "delete"];

const follow = ["list", "watch"];
const namespace = "flux-system";
const rbac = "rbac.authorization.k8s.io";

/**
 * What the Kubernetes provider follows until a Deployment is ready. It asks again for ever where it may not, without a word:
 * https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/await/deployment.go#L163
 */
const awaited: readonly Right[] = [
    { group: "apps", resource: "replicasets", namespace, verbs: follow },
    { group: "", resource: "pods", namespace, verbs: follow },
    { group: "", resource: "persistentvolumeclaims", namespace, verbs: follow },
    { group: "", resource: "events", namespace, verbs: follow },
];

/** What the program makes beside the manifest, and reads to know whose Flux is there and whether it can go. */
const besides: readonly Right[] = [
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies", verbs },
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicybindings", verbs },
    { group: "", resource: "secrets", namespace, verbs },
    // A CRD is changed by replacing it.
    { group: "apiextensions.k8s.io", resource: "customresourcedefinitions", verbs: ["update"] },
    { group: "apps", resource: "deployments", verbs: ["list"] },
];

/** A namespace takes along all that is in it, so a destroy looks first whether that can go. */
const teardown: readonly Right[] = [
    { group: "*", resource: "*", namespace, verbs: ["list"] },
    { group: "apiregistration.k8s.io", resource: "apiservices", verbs: ["list"] },
];

/** All that a stack does in its cluster, from its first update to its destroy: the preflight and `doctor` ask for each. */
export function rightsOf(objects: Objects, { infrastructure, uninstall }: Settings): Right[] {
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
        ...givenAway(objects, infrastructure.rules),
    ];
}

/** In all namespaces: a destroy lets go of what came from the repositories. */
function ofFlux(definition: string): Right {
    const [resource = "", ...group] = definition.split(".");
    return { group: group.join("."), resource, verbs };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping */
function givenAway(objects: Objects, accountRules: readonly PolicyRule[] | undefined): Right[] {
    const role = (name: string, verb: string, rules?: readonly PolicyRule[]): Right => ({
        ...{ group: rbac, resource: "clusterroles", name, verbs: [verb] },
        ...(rules && { rules }),
    });
    const account = accountRules ? [["infrastructure-reconciler", accountRules] as const] : [];
    const made = objects
        .filter(({ kind }) => kind === "ClusterRole")
        .map(({ metadata, rules }) => [metadata.name, (rules ?? []) as PolicyRule[]] as const);
    const roles = new Map([...made, ...account]);
    const bound = objects
        .filter(({ kind }) => kind === "ClusterRoleBinding")
        .map(({ roleRef }) => (roleRef as { name?: string } | undefined)?.name ?? "");
    return [
        ...[...roles].filter(([, rules]) => rules.length > 0).map(([name, rules]) => role(name, "escalate", rules)),
        ...[...new Set([...bound, ...account.map(([name]) => name)])].map((name) =>
            role(name, "bind", roles.get(name)),
        ),
    ];
}
