import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";

import type { Problem } from "../refusal";

const answerWithinMs = 15_000;

/** The uid of `kube-system`, which names a cluster for as long as it lives; or why it cannot be had. */
export async function clusterUid(context: string, stack: string): Promise<string | Problem> {
    const kubeconfig = new KubeConfig();
    const key = "fluxcd:context";
    try {
        kubeconfig.loadFromDefault();
    } catch (error) {
        const expected = `the kubeconfig could not be read: ${messageOf(error)}`;
        return { key, value: context, expected, mend: "kubectl config view" };
    }
    const contexts = kubeconfig.getContexts().map(({ name }) => name);
    if (!contexts.includes(context)) {
        return {
            key,
            value: context,
            expected: `the kubeconfig has no such context; it has ${contexts.length > 0 ? contexts.join(", ") : "none"}`,
            mend: `pulumi config set --stack ${stack} fluxcd:context <context>   (or point KUBECONFIG at the right file)`,
        };
    }
    kubeconfig.setCurrentContext(context);
    try {
        const read = kubeconfig.makeApiClient(CoreV1Api).readNamespace({ name: "kube-system" });
        const { metadata } = await withTimeout(read, answerWithinMs);
        return metadata?.uid ?? "";
    } catch (error) {
        const expected = `the cluster did not answer: ${messageOf(error)}`;
        return { key, value: context, expected, mend: `kubectl --context ${context} get namespace kube-system` };
    }
}

async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`no answer within ${milliseconds / 1000} s`));
        }, milliseconds);
    });
    return Promise.race([promise, timeout]).finally(() => {
        clearTimeout(timer);
    });
}

function messageOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return `${error.message.split("\n")[0] ?? ""}${cause}`;
}
