import {
    AuthorizationV1Api,
    CoreV1Api,
    KubeConfig,
    KubernetesObjectApi,
    V1SelfSubjectAccessReview,
    VersionApi,
} from "@kubernetes/client-node";

/** The fields of Flux's Kustomization that this program reads. */
export interface Kustomization {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: ObjectMeta;
    readonly spec?: { readonly path?: string; readonly suspend?: boolean; readonly [field: string]: unknown };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly inventory?: { readonly entries?: readonly { readonly id: string }[] };
        readonly lastAppliedRevision?: string;
        readonly lastAttemptedRevision?: string;
        readonly conditions?: readonly Condition[];
        readonly history?: readonly Snapshot[];
    };
}

/** The fields of Flux's GitRepository that this program reads. */
export interface Source {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: ObjectMeta;
    readonly spec?: {
        readonly url?: string;
        readonly ref?: Readonly<Record<string, string>>;
        readonly provider?: string;
        readonly secretRef?: { readonly name: string };
        readonly suspend?: boolean;
        readonly [field: string]: unknown;
    };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly artifact?: { readonly revision?: string };
        readonly conditions?: readonly Condition[];
    };
}

interface ObjectMeta {
    readonly name: string;
    readonly namespace: string;
    /** Increases with each change of `spec`. */
    readonly generation?: number;
    /** The writers of fields: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
    readonly managedFields?: ManagedFields[];
}

export interface ManagedFields {
    readonly manager?: string;
    readonly operation?: string;
    /** The time of this manager's last write. */
    readonly time?: Date;
    readonly subresource?: string;
    readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    /** The time in ISO 8601. */
    readonly lastTransitionTime?: string;
}

/**
 * The result of reconciling one revision's content. Flux keeps the last five, newest first. If a later revision has the
 * same content, Flux updates the snapshot's revision.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#history
 */
export interface Snapshot {
    readonly firstReconciled: string;
    readonly lastReconciled: string;
    readonly lastReconciledStatus: string;
    readonly metadata?: { readonly revision?: string };
}

const answerWithinMs = 10_000;

/**
 * Reads one of Flux's Kustomizations in the cluster of a kubeconfig context; undefined if it does not exist. Fails if
 * the cluster does not answer.
 */
export function readKustomization(
    context: string,
    name: string,
    namespace?: string,
): Promise<Kustomization | undefined> {
    return read<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", { name, namespace });
}

/**
 * Reads all GitRepositories of Flux's namespace in one request; empty before Flux is installed. Fails if the cluster
 * does not answer.
 */
export function readSources(context: string): Promise<Source[]> {
    return readAll<Source>(context, "source.toolkit.fluxcd.io/v1", "GitRepository");
}

/** Reads all Kustomizations in the same way. */
export function readKustomizations(context: string): Promise<Kustomization[]> {
    return readAll<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization");
}

async function readAll<T extends Kustomization | Source>(context: string, apiVersion: string, kind: string) {
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    try {
        return (await withTimeout(api.list<T>(apiVersion, kind, "flux-system"))).items;
    } catch (error) {
        if (isNotFound(error)) {
            return [];
        }
        throw error;
    }
}

async function read<T extends Kustomization | Source>(
    context: string,
    apiVersion: string,
    kind: string,
    { name, namespace = "flux-system" }: { readonly name: string; readonly namespace?: string | undefined },
): Promise<T | undefined> {
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    try {
        return await withTimeout(api.read<T>({ apiVersion, kind, metadata: { name, namespace } }));
    } catch (error) {
        if (isNotFound(error)) {
            return undefined;
        }
        throw error;
    }
}

/**
 * Reads the uid of `kube-system`, which identifies a cluster for its lifetime. Fails if the cluster does not answer.
 */
export async function readClusterUid(context: string): Promise<string> {
    return new Cluster(context).uid();
}

/** A resource in an access review, with the API's field names. */
export interface Resource {
    readonly group: string;
    readonly resource: string;
    /** Undefined for a cluster-scoped resource, and for all namespaces. */
    readonly namespace?: string;
    readonly name?: string;
    /** The subresource, such as `status`. */
    readonly subresource?: string;
}

/** A cluster, accessed as the user of a kubeconfig context. Its credential plugin runs once, on the first request. */
export class Cluster {
    private readonly kubeconfig: KubeConfig;

    constructor(context: string) {
        this.kubeconfig = kubeconfigOf(context);
    }

    /** The uid of `kube-system`. Fails if the cluster does not answer, or if the user may not read the namespace. */
    async uid(): Promise<string> {
        const api = this.kubeconfig.makeApiClient(CoreV1Api);
        const { metadata } = await withTimeout(api.readNamespace({ name: "kube-system" }));
        return metadata?.uid ?? "";
    }

    /** Kubernetes' version, such as `v1.33.4`, with the suffix of its vendor. Fails if the cluster does not answer. */
    async version(): Promise<string> {
        const { gitVersion } = await withTimeout(this.kubeconfig.makeApiClient(VersionApi).getCode());
        return gitVersion;
    }

    /** Whether the API server allows the user a verb on a resource. Fails if the cluster does not answer. */
    async may(verb: string, resource: Resource): Promise<boolean> {
        return this.#allows({ resourceAttributes: { verb, ...resource } });
    }

    /** Whether the user is allowed a verb on a path that is not an object, such as `/livez`. */
    async mayAt(verb: string, path: string): Promise<boolean> {
        return this.#allows({ nonResourceAttributes: { verb, path } });
    }

    async #allows(spec: object): Promise<boolean> {
        const body = Object.assign(new V1SelfSubjectAccessReview(), { spec });
        const api = this.kubeconfig.makeApiClient(AuthorizationV1Api);
        const { status } = await withTimeout(api.createSelfSubjectAccessReview({ body }));
        return status?.allowed === true;
    }
}

/** Whether the API server answered 403: the user lacks the right. */
export function isForbidden(error: unknown): boolean {
    return error instanceof Error && "code" in error && error.code === 403;
}

/** Whether the API server does not know the object or its kind. */
export function isNotFound(error: unknown): boolean {
    // The client's own message if the API server knows the group of a kind, but not the kind itself.
    const isUnknownKind = error instanceof Error && error.message.startsWith("Unrecognized API version and kind");
    return isUnknownKind || (error instanceof Error && "code" in error && error.code === 404);
}

export function kubeconfigOf(context: string): KubeConfig {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromDefault();
    if (!kubeconfig.getContextObject(context)) {
        throw new Error(`the kubeconfig has no context ${context}`);
    }
    kubeconfig.setCurrentContext(context);
    return kubeconfig;
}

export async function withTimeout<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`no answer within ${answerWithinMs / 1000} s`));
        }, answerWithinMs);
    });
    return Promise.race([promise, timeout]).finally(() => {
        clearTimeout(timer);
    });
}
