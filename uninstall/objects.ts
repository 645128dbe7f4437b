import { type Cluster, type Refusal, request } from "./cluster";

/** The API path and names of a kind. */
export interface Kind {
    readonly kind: string;
    /** The plural with its group, as kubectl accepts it: `kustomizations.kustomize.toolkit.fluxcd.io`. */
    readonly resource: string;
    /** The path of the API: `/apis/<group>/<version>` or `/api/v1`. */
    readonly api: string;
    readonly namespaced: boolean;
}

export interface Found {
    readonly kind: Kind;
    readonly name: string;
    readonly namespace?: string;
    readonly finalizers: readonly string[];
}

interface List<T> {
    readonly metadata: { readonly continue?: string };
    readonly items: readonly T[];
}

interface Metadata {
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly finalizers?: readonly string[];
        readonly resourceVersion: string;
    };
}

export interface Definition extends Metadata {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string; readonly plural: string };
        readonly scope: string;
        readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
    };
}

export const definitionKind: Kind = {
    kind: "CustomResourceDefinition",
    resource: "customresourcedefinitions.apiextensions.k8s.io",
    api: "/apis/apiextensions.k8s.io/v1",
    namespaced: false,
};
export const namespaceKind: Kind = { kind: "Namespace", resource: "namespaces", api: "/api/v1", namespaced: false };

/** The path of a kind's objects, or of the object with a name. */
export function pathOf({ api, resource, namespaced }: Kind, namespace?: string, name?: string): string {
    const within = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    const [plural = ""] = resource.split(".");
    return `${api}${within}/${plural}${name === undefined ? "" : `/${name}`}`;
}

/** Reads all pages of a list, and starts again if the continuation has expired. Empty if the kind is not served. */
export async function pages<T>(cluster: Cluster, path: string, metadataOnly = false): Promise<T[]> {
    const items: T[] = [];
    for (let from = ""; ;) {
        const query = from === "" ? "" : `&continue=${encodeURIComponent(from)}`;
        let list: List<T> | undefined;
        try {
            list = await request<List<T>>(cluster, { path: `${path}?limit=500${query}`, metadataOnly });
        } catch (error) {
            if ((error as Refusal).status !== 410 || from === "") {
                throw error;
            }
            return pages(cluster, path, metadataOnly);
        }
        items.push(...(list?.items ?? []));
        from = list?.metadata.continue ?? "";
        if (from === "") {
            return items;
        }
    }
}

/** The objects of these kinds, in one namespace or in all. */
export async function objectsOf(cluster: Cluster, kinds: readonly Kind[], namespace?: string): Promise<Found[]> {
    const lists = kinds.map(async (kind) => {
        const items = await pages<Metadata>(cluster, pathOf(kind, namespace), true);
        return items.map(({ metadata }) => found(kind, metadata));
    });
    return (await Promise.all(lists)).flat();
}

export function found(kind: Kind, { name, namespace, finalizers = [] }: Metadata["metadata"]): Found {
    return { kind, name, finalizers, ...(namespace !== undefined && { namespace }) };
}

/** Flux's custom resource definitions. All API groups of Flux end with the same suffix, and no others do. */
export async function fluxDefinitions(cluster: Cluster): Promise<Definition[]> {
    const definitions = await pages<Definition>(cluster, pathOf(definitionKind));
    return definitions.filter(({ spec }) => spec.group.endsWith(".toolkit.fluxcd.io"));
}

/** The kinds that the definitions define, each in a version that is served. */
export function kindsOf(definitions: readonly Definition[]): Kind[] {
    return definitions.flatMap(({ metadata, spec: { group, names, scope, versions } }) => {
        const served = versions.filter((version) => version.served);
        const version = served.find(({ storage }) => storage) ?? served[0];
        const at = { kind: names.kind, resource: metadata.name, namespaced: scope === "Namespaced" };
        return version ? [{ ...at, api: `/apis/${group}/${version.name}` }] : [];
    });
}

interface Deployment extends Metadata {
    readonly status?: { readonly availableReplicas?: number };
}

/** Flux's controllers in its namespace, and whether they are available. */
export async function controllersIn(
    cluster: Cluster,
    namespace: string,
): Promise<{ name: string; component: string; available: boolean }[]> {
    const deployments = await pages<Deployment>(cluster, `/apis/apps/v1/namespaces/${namespace}/deployments`);
    return deployments
        .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] === "flux")
        .map(({ metadata: { name, labels }, status }) => ({
            name,
            component: labels?.["app.kubernetes.io/component"] ?? name,
            available: (status?.availableReplicas ?? 0) > 0,
        }));
}

/** The finalizer that all Flux controllers use: https://github.com/fluxcd/flux2/blob/main/pkg/uninstall/uninstall.go */
export const fluxFinalizer = "finalizers.fluxcd.io";

/** Removes Flux's finalizer from an object. The other finalizers stay, even if they were added in the meantime. */
export async function takeOff(cluster: Cluster, { kind, name, namespace }: Found): Promise<void> {
    const path = pathOf(kind, namespace, name);
    for (;;) {
        const object = await request<Metadata>(cluster, { path });
        const finalizers = object?.metadata.finalizers ?? [];
        if (!object || !finalizers.includes(fluxFinalizer)) {
            return;
        }
        const { resourceVersion } = object.metadata;
        const rest = finalizers.filter((finalizer) => finalizer !== fluxFinalizer);
        try {
            const metadata = { resourceVersion, finalizers: rest.length > 0 ? rest : null };
            await request(cluster, { method: "PATCH", path, body: { metadata } });
            return;
        } catch (error) {
            if ((error as Refusal).status !== 409) {
                throw error;
            }
        }
    }
}
