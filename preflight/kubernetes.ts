import { CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

/** A Kustomization of Flux's, as far as it is read here. */
export interface Kustomization {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec?: { readonly suspend?: boolean };
    readonly status?: {
        readonly lastAppliedRevision?: string;
        readonly lastAttemptedRevision?: string;
        readonly conditions?: readonly Condition[];
        readonly history?: readonly Snapshot[];
    };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
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

/** Flux's Kustomization in the cluster that a kubeconfig context leads to; undefined where there is none. Fails when the cluster does not answer. */
export async function readKustomization(context: string, name: string): Promise<Kustomization | undefined> {
    const header = {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system" },
    };
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    try {
        return await withTimeout(api.read<Kustomization>(header));
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

/** The uid of `kube-system`, which names a cluster for as long as it lives. Fails when the cluster does not answer. */
export async function readClusterUid(context: string): Promise<string> {
    const api = kubeconfigOf(context).makeApiClient(CoreV1Api);
    const { metadata } = await withTimeout(api.readNamespace({ name: "kube-system" }));
    return metadata?.uid ?? "";
}

function kubeconfigOf(context: string): KubeConfig {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromDefault();
    if (!kubeconfig.getContextObject(context)) {
        throw new Error(`the kubeconfig has no context ${context}`);
    }
    kubeconfig.setCurrentContext(context);
    return kubeconfig;
}

async function withTimeout<T>(promise: Promise<T>): Promise<T> {
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
