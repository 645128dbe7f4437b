import { KubeConfig } from "@kubernetes/client-node";

import { readClusterUid } from "./kubernetes";
import { messageOf, type Problem } from "../refusal";

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
    try {
        return await readClusterUid(context);
    } catch (error) {
        const expected = `the cluster did not answer: ${messageOf(error)}`;
        return { key, value: context, expected, mend: `kubectl --context ${context} get namespace kube-system` };
    }
}
