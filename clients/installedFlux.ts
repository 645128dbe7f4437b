import { componentNames } from "../config/flux";
import { componentOf, type Deployment } from "../domain/objects";
import { ask, orUndefined } from "./cluster";
import type { ManifestObject } from "../domain/objects";

/** An object as it exists in a cluster. */
export interface LiveObject extends ManifestObject {
    readonly metadata: ManifestObject["metadata"] & {
        readonly deletionTimestamp?: string;
        readonly managedFields?: readonly FieldManager[];
    };
}

/** The writer of an object's fields, as the API server reports it. */
export interface FieldManager {
    readonly manager?: string;
    /** The time of its last write, in ISO 8601. */
    readonly time?: string;
    readonly subresource?: string;
    readonly fieldsV1?: object;
}

export interface Definition extends LiveObject {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string; readonly plural: string };
        /** Undefined in a malformed CRD: the manifest may be any file. */
        readonly versions?: readonly {
            readonly name: string;
            readonly served: boolean;
            readonly storage: boolean;
            readonly schema?: { readonly openAPIV3Schema?: Schema };
        }[];
    };
    readonly status?: { readonly storedVersions?: readonly string[] };
}

export interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly additionalProperties?: Schema | boolean;
}

export type Controller = LiveObject & Deployment;

/** The parts of Flux in a cluster, from any installer. */
export interface Installed {
    readonly namespace: LiveObject | undefined;
    readonly controllers: readonly Controller[];
    readonly definitions: readonly Definition[];
}

/**
 * The label by which Flux's CLI finds its objects. `flux install`, `bootstrap`, flux-operator and the Helm chart set
 * it.
 */
const ofFlux = "labelSelector=app.kubernetes.io%2Fpart-of%3Dflux";

/** Reads the parts of Flux in a cluster. Fails if the cluster does not answer. */
export async function readInstalled(context: string): Promise<Installed> {
    const [namespace, controllers, definitions] = await Promise.all([
        ask<LiveObject>(context, { path: "/api/v1/namespaces/flux-system" }).catch(orUndefined),
        list(context, `/apis/apps/v1/deployments?${ofFlux}`),
        list(context, `/apis/apiextensions.k8s.io/v1/customresourcedefinitions?${ofFlux}`),
    ]);
    return {
        namespace,
        controllers: (controllers as Controller[]).filter((each) =>
            componentNames.some((it) => it === componentOf(each)),
        ),
        definitions: (definitions as Definition[]).filter(({ spec }) => spec.group.endsWith(".toolkit.fluxcd.io")),
    };
}

/** Up to three objects of a kind, each as `<namespace>/<name>`. */
export async function readSome(context: string, { spec }: Definition): Promise<string[]> {
    const version = spec.versions?.find(({ served }) => served)?.name ?? "";
    const { group, names } = spec;
    const objects = await list(context, `/apis/${group}/${version}/${names.plural}?limit=3`);
    return objects.map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`);
}

/** The FluxInstances that flux-operator reconciles, each as `<namespace>/<name>`. */
export async function readFluxInstances(context: string): Promise<string[]> {
    const objects = await list(context, "/apis/fluxcd.controlplane.io/v1/fluxinstances");
    return objects
        .filter(({ metadata }) => metadata.annotations?.["fluxcd.controlplane.io/reconcile"] !== "disabled")
        .map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`);
}

/** Whether Pulumi created or changed an object. */
export function isPulumis({ metadata: { managedFields } }: Pick<LiveObject, "metadata">): boolean {
    return managedFields?.some(({ manager = "" }) => manager.startsWith("pulumi-kubernetes")) ?? false;
}

async function list(context: string, path: string): Promise<LiveObject[]> {
    return (await ask<{ items: LiveObject[] }>(context, { path }).catch(orUndefined))?.items ?? [];
}
