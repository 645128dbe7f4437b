import { type Cluster, request } from "./cluster";
import { foreign, goOn, heldLines, nameOf } from "./held";
import {
    controllersIn,
    definitionKind,
    type Found,
    fluxDefinitions,
    fluxFinalizer,
    found,
    type Kind,
    kindsOf,
    namespaceKind,
    objectsOf,
    pages,
    pathOf,
    takeOff,
} from "./objects";

export interface Teardown {
    /** The namespace that Flux runs in. */
    readonly namespace: string;
    /** The names of the Kustomizations that the stack created. */
    readonly kustomizations: readonly string[];
    readonly keepDefinitions: boolean;
    readonly keepNamespace: boolean;
}

/**
 * Checks that all of Flux can be deleted, before anything is. A deletion cannot be undone, and Flux no longer
 * reconciles an object whose deletion is blocked. If a controller is not running, does its part of the deletion.
 */
export async function look(cluster: Cluster, teardown: Teardown): Promise<void> {
    const { namespace, keepDefinitions, keepNamespace } = teardown;
    const definitions = await fluxDefinitions(cluster);
    const objects = await objectsOf(cluster, kindsOf(definitions), keepDefinitions ? namespace : undefined);
    const leaving = [
        ...objects,
        ...(keepDefinitions ? [] : definitions.map(({ metadata }) => found(definitionKind, metadata))),
        ...(keepNamespace ? [] : await withNamespace(cluster, namespace)),
    ];
    const held = distinct(leaving.filter((object) => foreign(object).length > 0));
    if (held.length > 0) {
        throw new Error(
            [
                "Flux cannot be uninstalled yet: finalizers that are not Flux's block the deletion. Nothing was touched.",
                ...heldLines(cluster, held),
                goOn,
            ].join("\n"),
        );
    }
    if (!keepNamespace) {
        await refuseMissingApis(cluster, namespace);
    }
    await standIn(cluster, objects, teardown);
}

async function withNamespace(cluster: Cluster, name: string): Promise<Found[]> {
    const object = await request<{ metadata: Parameters<typeof found>[1] }>(cluster, {
        path: pathOf(namespaceKind, undefined, name),
    });
    return object ? [found(namespaceKind, object.metadata), ...(await heldIn(cluster, name))] : [];
}

interface ApiGroup {
    readonly preferredVersion: { readonly groupVersion: string };
}

interface ApiResource {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
}

/** The objects in a namespace that have foreign finalizers. */
export async function heldIn(cluster: Cluster, namespace: string): Promise<Found[]> {
    const { groups = [] } = (await request<{ groups?: ApiGroup[] }>(cluster, { path: "/apis" })) ?? {};
    const apis = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
    const kinds = await Promise.all(apis.map((api) => kindsUnder(cluster, api)));
    const objects = await objectsOf(cluster, kinds.flat(), namespace);
    return objects.filter((object) => foreign(object).length > 0);
}

async function kindsUnder(cluster: Cluster, api: string): Promise<Kind[]> {
    const { resources = [] } = (await request<{ resources?: ApiResource[] }>(cluster, { path: api })) ?? {};
    const [, , group] = api.split("/");
    const suffix = api === "/api/v1" ? "" : `.${group ?? ""}`;
    return resources
        .filter(({ namespaced, verbs }) => namespaced && verbs.includes("list") && verbs.includes("delete"))
        .map(({ name, kind }) => ({ kind, resource: `${name}${suffix}`, api, namespaced: true }));
}

interface ApiService {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * Kubernetes deletes a namespace only after it has asked every API for objects in it.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
async function refuseMissingApis({ context, ...rest }: Cluster, namespace: string): Promise<void> {
    const services = await pages<ApiService>({ context, ...rest }, "/apis/apiregistration.k8s.io/v1/apiservices");
    const missing = services
        .filter(({ status }) => status?.conditions?.some((it) => it.type === "Available" && it.status === "False"))
        .map(({ metadata }) => metadata.name);
    if (missing.length > 0) {
        throw new Error(
            [
                `Namespace ${namespace} could not be deleted: the cluster does not reach all of its own APIs. Nothing was touched.`,
                ...missing.map((name) => `  kubectl --context ${context} describe apiservice ${name}`),
                "Restore them, or delete those that are no longer served. Then run pulumi destroy again.",
            ].join("\n"),
        );
    }
}

const controllers: Readonly<Record<string, string>> = {
    Kustomization: "kustomize-controller",
    GitRepository: "source-controller",
    ImageRepository: "image-reflector-controller",
    ImagePolicy: "image-reflector-controller",
    ImageUpdateAutomation: "image-automation-controller",
    Receiver: "notification-controller",
};

/**
 * The controllers must run while the stack's own objects are deleted, to remove their finalizers. Does it for those
 * that do not run.
 */
async function standIn(cluster: Cluster, objects: readonly Found[], teardown: Teardown): Promise<void> {
    const { namespace, kustomizations } = teardown;
    const running = (await controllersIn(cluster, namespace)).filter(({ available }) => available);
    const orphans = objects.filter(({ kind, namespace: at, finalizers }) => {
        const controller = controllers[kind.kind];
        const missing = controller !== undefined && !running.some(({ component }) => component === controller);
        return missing && at === namespace && finalizers.includes(fluxFinalizer);
    });
    for (const object of orphans.filter(
        ({ kind, name }) => kind.kind === "Kustomization" && kustomizations.includes(name),
    )) {
        await refuseUnlessOrphaned(cluster, object);
    }
    for (const object of orphans) {
        await takeOff(cluster, object);
        cluster.say(`Took ${fluxFinalizer} off ${nameOf(object)}: its controller is not available.`);
    }
}

async function refuseUnlessOrphaned(cluster: Cluster, { kind, namespace = "", name }: Found): Promise<void> {
    const path = pathOf(kind, namespace, name);
    const object = await request<{ spec?: { deletionPolicy?: string } }>(cluster, { path });
    const policy = object?.spec?.deletionPolicy ?? "MirrorPrune";
    if (object && policy !== "Orphan") {
        const kubectl = `kubectl --context ${cluster.context} -n ${namespace}`;
        throw new Error(
            [
                `Kustomization ${namespace}/${name} has the deletionPolicy ${policy}, and kustomize-controller, which would delete what it applied, is not available. Nothing was touched.`,
                `  Restore it: ${kubectl} describe deployment kustomize-controller`,
                `  Or keep the objects that it applied: ${kubectl} patch ${kind.resource} ${name} --type=merge -p '{"spec":{"deletionPolicy":"Orphan"}}'`,
                "Then run pulumi destroy again.",
            ].join("\n"),
        );
    }
}

function distinct(objects: readonly Found[]): Found[] {
    return [...new Map(objects.map((object) => [nameOf(object), object])).values()];
}
