import type { Config } from "../config";
import type { Objects } from "../flux/objects";
import type { Problem } from "../refusal";
import type { Cluster, Resource } from "./kubernetes";

/** What becomes of an object over the life of a stack; the provider watches what it waits for. */
const verbs = ["get", "list", "watch", "create", "patch", "delete"];

interface Need extends Resource {
    readonly verbs: readonly string[];
}

/** What the program makes beside the manifest. */
const besides: readonly Need[] = [
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies", verbs },
    { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicybindings", verbs },
    { group: "", resource: "secrets", namespace: "flux-system", verbs },
    { group: "source.toolkit.fluxcd.io", resource: "gitrepositories", namespace: "flux-system", verbs },
    { group: "kustomize.toolkit.fluxcd.io", resource: "kustomizations", namespace: "flux-system", verbs },
];

const receivers: Need = {
    group: "notification.toolkit.fluxcd.io",
    resource: "receivers",
    namespace: "flux-system",
    verbs,
};

/**
 * Refuses a user who may not do what the installation does, with everything that is missing. The API server answers for the
 * user who asks, and keeps nothing of it.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function permissionProblems(
    cluster: Cluster,
    objects: Objects,
    { context, webhook }: Pick<Config, "context" | "webhook">,
): Promise<Problem[]> {
    // One question for most: who may do anything need not be asked for each.
    if (await cluster.may("*", { group: "*", resource: "*" })) {
        return [];
    }
    const asked = [...needsOf(objects), ...(webhook ? [receivers] : [])].map(async ({ verbs, ...resource }) => {
        const answers = await Promise.all(verbs.map((verb) => cluster.may(verb, resource)));
        return { ...resource, verbs: verbs.filter((_, index) => !answers[index]) };
    });
    const missing = (await Promise.all(asked)).filter(({ verbs }) => verbs.length > 0);
    const [first] = missing;
    if (!first) {
        return [];
    }
    const namespace = first.namespace === undefined ? "" : ` -n ${first.namespace}`;
    const command = `kubectl --context ${context} auth can-i ${first.verbs[0] ?? ""} ${nameOf(first)}${namespace}`;
    return [
        {
            key: "fluxcd:context",
            value: context,
            expected: `its user may not do all that the installation does: ${listed(missing)}`,
            mend: `${command}   (an administrator of the cluster grants this and the rest; the ClusterRole cluster-admin has it all)`,
        },
    ];
}

function needsOf(objects: Objects): Need[] {
    const kinds = new Map<string, Need>();
    for (const { apiVersion, kind, metadata } of objects) {
        const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
        const resource = `${kind.toLowerCase().replace(/y$/, "ie")}s`;
        const { namespace } = metadata;
        kinds.set(`${group}/${resource}`, { group, resource, verbs, ...(namespace !== undefined && { namespace }) });
    }
    return [...kinds.values(), ...besides, ...(objects.some(bindsAdministrator) ? [administrator] : [])];
}

/** A role can be given by who may bind it or has all its rights. Who has all of this one need not be asked. */
const administrator: Need = {
    group: "rbac.authorization.k8s.io",
    resource: "clusterroles",
    name: "cluster-admin",
    verbs: ["bind"],
};

function bindsAdministrator({ kind, roleRef }: Objects[number]): boolean {
    return kind === "ClusterRoleBinding" && (roleRef as { name?: string } | undefined)?.name === administrator.name;
}

/** `get, list of secrets, deployments.apps; patch of namespaces`: resources of the same verbs are said together. */
function listed(missing: readonly Need[]): string {
    const byVerbs = new Map<string, string[]>();
    for (const need of missing) {
        const key = need.verbs.join(", ");
        byVerbs.set(key, [...(byVerbs.get(key) ?? []), nameOf(need)]);
    }
    return [...byVerbs].map(([of, names]) => `${of} of ${names.join(", ")}`).join("; ");
}

/** As kubectl names it. */
function nameOf({ group, resource, name }: Resource): string {
    return `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : `/${name}`}`;
}
