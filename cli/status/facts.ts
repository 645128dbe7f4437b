import { KubernetesObjectApi, type KubernetesListObject, VersionApi } from "@kubernetes/client-node";

import { type Condition, kubeconfigOf, readClusterUid, withTimeout } from "../../preflight/kubernetes";
import { type SourceName, sourceNames } from "../../promotion/release";
import type { Config } from "../../config/parse";

/** An object of Flux's as it is in a cluster, as far as it is read here. */
export interface FluxObject {
    readonly metadata: { readonly name: string; readonly generation?: number };
    readonly spec: {
        readonly suspend?: boolean;
        readonly ref?: Readonly<Record<string, string>>;
        readonly path?: string;
    };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly conditions?: readonly (Condition & { readonly lastTransitionTime?: string })[];
        readonly artifact?: { readonly revision?: string; readonly lastUpdateTime?: string };
        readonly lastAppliedRevision?: string;
        readonly lastAttemptedRevision?: string;
    };
}

interface Header {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
}

export interface Controller {
    readonly name: string;
    /** The tag of its image. */
    readonly version: string;
    readonly ready: boolean;
}

/** What a cluster says of itself and of Flux. */
export interface ClusterFacts {
    /** Of its `kube-system`. */
    readonly uid: string;
    readonly kubernetes: string;
    readonly controllers: readonly Controller[];
    readonly sources: Readonly<Record<SourceName, SourceFacts>>;
}

export interface SourceFacts {
    readonly gitRepository: FluxObject | undefined;
    readonly kustomization: FluxObject | undefined;
}

interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly replicas?: number;
        readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    };
    readonly status?: { readonly availableReplicas?: number; readonly updatedReplicas?: number };
}

const namespace = "flux-system";
const gitRepository = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
const kustomization = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

/** Asks a stack's cluster. Fails when it does not answer. */
export async function readCluster(config: Config): Promise<ClusterFacts> {
    const kubeconfig = kubeconfigOf(config.context);
    const api = KubernetesObjectApi.makeApiClient(kubeconfig);
    const read = (header: typeof gitRepository, name: string) =>
        orAbsent(withTimeout(api.read<FluxObject & Header>({ ...header, metadata: { name, namespace } })));
    const partOfFlux = "app.kubernetes.io/part-of=flux";
    const [uid, { gitVersion }, deployments, ...sources] = await Promise.all([
        readClusterUid(config.context),
        withTimeout(kubeconfig.makeApiClient(VersionApi).getCode()),
        withTimeout(
            api.list("apps/v1", "Deployment", namespace, undefined, undefined, undefined, undefined, partOfFlux),
        ),
        ...sourceNames.map(async (name) => ({
            gitRepository: await read(gitRepository, config[name].repository),
            kustomization: await read(kustomization, name),
        })),
    ]);
    const [infrastructure = nothing, apps = nothing] = sources;
    return {
        uid,
        kubernetes: gitVersion,
        controllers: (deployments as unknown as KubernetesListObject<Deployment>).items.map(controllerOf),
        sources: { infrastructure, apps },
    };
}

const nothing: SourceFacts = { gitRepository: undefined, kustomization: undefined };

function controllerOf({ metadata, spec, status }: Deployment): Controller {
    const image = spec.template.spec.containers[0]?.image ?? "";
    const wanted = spec.replicas ?? 1;
    return {
        name: metadata.name,
        version: image.slice(image.lastIndexOf(":") + 1),
        ready: (status?.availableReplicas ?? 0) >= wanted && (status?.updatedReplicas ?? 0) >= wanted,
    };
}

/** Undefined where there is no such object, or no such kind. */
async function orAbsent<T>(object: Promise<T>): Promise<T | undefined> {
    try {
        return await object;
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}
