import type { Config } from "../config";
import type { PolicyRule } from "../config/access";
import type { Objects } from "../domain/objects";
import type { Problem } from "../domain/problem";
import type { Cluster, Resource } from "../clients/cluster";
import { type Right, rightsOf, type Settings } from "./rights";

/** The rights that a user lacks. */
export interface Rights {
    readonly problems: readonly Problem[];
    /** Whether the user has all rights to read but those on Secrets, which is enough for a preview. */
    readonly mayRead: boolean;
}

/** Whether a preview needs a verb on a resource. It reads no Secret, and only a destroy lists all kinds. */
function isForPreview(verb: string, { resource }: Resource): boolean {
    return ["get", "list", "watch"].includes(verb) && resource !== "secrets" && resource !== "*";
}

/**
 * Refuses a user without the rights that the installation needs, and lists all missing ones. The API server answers for
 * the user of the request, and stores nothing.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function lookAtRights(
    cluster: Cluster,
    objects: Objects,
    { context, ...settings }: Pick<Config, "context"> & Settings,
): Promise<Rights> {
    // One request is enough for a user who may do everything.
    if (await cluster.may("*", { group: "*", resource: "*" })) {
        return { problems: [], mayRead: true };
    }
    const asked = rightsOf(objects, settings).map(async ({ verbs, rules, ...resource }) => {
        const answers = await Promise.all(verbs.map((verb) => cluster.may(verb, resource)));
        const left = verbs.filter((_, index) => !answers[index]);
        const has = left.length > 0 && rules !== undefined && (await hasAll(cluster, rules));
        return { ...resource, verbs: has ? [] : left };
    });
    const missing = (await Promise.all(asked)).filter(({ verbs }) => verbs.length > 0);
    const mayRead = missing.every((right) => !right.verbs.some((verb) => isForPreview(verb, right)));
    const [first] = missing;
    if (!first) {
        return { problems: [], mayRead };
    }
    const namespace = first.namespace === undefined ? "" : ` -n ${first.namespace}`;
    const command = `kubectl --context ${context} auth can-i ${first.verbs[0] ?? ""} ${nameOf(first)}${namespace}`;
    const problem = {
        key: "fluxcd:context",
        value: context,
        expected: `its user may not do all that the installation does: ${listed(missing)}`,
        fix: `${command}   (an administrator of the cluster grants this right and the others; the ClusterRole cluster-admin has all of them)`,
    };
    return { problems: [problem], mayRead };
}

/** Whether the user has all rights that the rules grant. */
async function hasAll(cluster: Cluster, rules: readonly PolicyRule[]): Promise<boolean> {
    const answers = rules.flatMap(
        ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }) =>
            verbs.flatMap((verb) => [
                ...apiGroups.flatMap((group) =>
                    resources.flatMap((it) => {
                        const [resource = "", subresource] = it.split("/");
                        const what = { group, resource, ...(subresource !== undefined && { subresource }) };
                        const named = resourceNames.map((name) => ({ ...what, name }));
                        return (named.length > 0 ? named : [what]).map((each) => cluster.may(verb, each));
                    }),
                ),
                ...nonResourceURLs.map((path) => cluster.mayAt(verb, path)),
            ]),
    );
    return (await Promise.all(answers)).every(Boolean);
}

/**
 * The rights in words, grouped by verbs: `get, list of namespaces; create of secrets, deployments.apps in flux-system`.
 */
function listed(missing: readonly Right[]): string {
    const byVerbs = new Map<string, string[]>();
    for (const right of missing) {
        const key = [right.verbs.join(", "), ...(right.namespace === undefined ? [] : [right.namespace])].join(" in ");
        byVerbs.set(key, [...(byVerbs.get(key) ?? []), nameOf(right)]);
    }
    return [...byVerbs]
        .map(([key, names]) => {
            const [of = "", namespace] = key.split(" in ");
            return `${of} of ${names.join(", ")}${namespace === undefined ? "" : ` in ${namespace}`}`;
        })
        .join("; ");
}

/** The resource's name as kubectl writes it. */
function nameOf({ group, resource, name }: Resource): string {
    return `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : `/${name}`}`;
}
