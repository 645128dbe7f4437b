import {
    AuthorizationV1Api,
    CoreV1Api,
    KubeConfig,
    KubernetesObjectApi,
    V1SelfSubjectAccessReview,
    VersionApi,
} from "@kubernetes/client-node";

/** A Kustomization of Flux's, as far as it is read here. */
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

/** A GitRepository of Flux's, as far as it is read here. */
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
    /** Goes up with each change of `spec`. */
    readonly generation?: number;
    /** Who wrote which fields: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
    readonly managedFields?: ManagedFields[];
}

export interface ManagedFields {
    readonly manager?: string;
    readonly operation?: string;
    /** When it last wrote one of them. */
    readonly time?: Date;
    readonly subresource?: string;
    readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    /** ISO 8601. */
    readonly lastTransitionTime?: string;
}

/**
 * One result of reconciling one content: Flux keeps the last five, newest first, and writes the latest revision of that
 * content into it. https://fluxcd.io/flux/components/kustomize/kustomizations/#history
 */
export interface Snapshot {
    readonly firstReconciled: string;
    readonly lastReconciled: string;
    readonly lastReconciledStatus: string;
    readonly metadata?: { readonly revision?: string };
}

const answerWithinMs = 10_000;

/**
 * Flux's Kustomization in the cluster that a kubeconfig context leads to; undefined where there is none. Fails when the
 * cluster does not answer.
 */
export function readKustomization(
    context: string,
    name: string,
    namespace?: string,
): Promise<Kustomization | undefined> {
    return read<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", { name, namespace });
}

/** The same for a GitRepository. */
export function readSource(context: string, name: string): Promise<Source | undefined> {
    return read<Source>(context, "source.toolkit.fluxcd.io/v1", "GitRepository", { name });
}

/** All GitRepositories of Flux's namespace, in one request however many there are. Fails when the cluster does not answer. */
export function readSources(context: string): Promise<Source[]> {
    return readAll<Source>(context, "source.toolkit.fluxcd.io/v1", "GitRepository");
}

/** The same for Kustomizations. */
export function readKustomizations(context: string): Promise<Kustomization[]> {
    return readAll<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization");
}

async function readAll<T extends Kustomization | Source>(context: string, apiVersion: string, kind: string) {
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    const { items } = await withTimeout(api.list<T>(apiVersion, kind, "flux-system"));
    return items;
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

/** The uid of `kube-system`, which names a cluster for as long as it lives. Fails when the cluster does not answer. */
export async function readClusterUid(context: string): Promise<string> {
    return new Cluster(context).uid();
}

/** What a user may do something with, in the API's own words. */
export interface Resource {
    readonly group: string;
    readonly resource: string;
    /** Left out where it is in none, or in all of them. */
    readonly namespace?: string;
    readonly name?: string;
    /** Such as `status`. */
    readonly subresource?: string;
}

/** A cluster, as the user of a kubeconfig context. What gives the credentials runs once, at the first request. */
export class Cluster {
    private readonly kubeconfig: KubeConfig;

    constructor(context: string) {
        this.kubeconfig = kubeconfigOf(context);
    }

    /** The uid of `kube-system`. Fails when the cluster does not answer, or the user may not read it. */
    async uid(): Promise<string> {
        const api = this.kubeconfig.makeApiClient(CoreV1Api);
        const { metadata } = await withTimeout(api.readNamespace({ name: "kube-system" }));
        return metadata?.uid ?? "";
    }

    /** Kubernetes' version, such as `v1.33.4`, with whatever its vendor appends. Fails when the cluster does not answer. */
    async version(): Promise<string> {
        const { gitVersion } = await withTimeout(this.kubeconfig.makeApiClient(VersionApi).getCode());
        return gitVersion;
    }

    /** Whether the API server would let the user do it. Fails when the cluster does not answer. */
    async may(verb: string, resource: Resource): Promise<boolean> {
        return this.#allows({ resourceAttributes: { verb, ...resource } });
    }

    /** The same for a path that is none of an object, such as `/livez`. */
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

/** Whether the cluster did answer, but not to this user. */
export function isForbidden(error: unknown): boolean {
    return error instanceof Error && "code" in error && error.code === 403;
}

/** Whether the API server says that there is no such object, or no such kind. */
export function isNotFound(error: unknown): boolean {
    // The client's own words if the API server knows the group of a kind and not the kind itself.
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
