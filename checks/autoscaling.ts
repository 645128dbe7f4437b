import { ApiError, ask, isForbidden, orUndefined } from "../clients/cluster";

interface Autoscaler {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: { readonly metrics?: readonly { readonly type: string }[] };
}

/** The autoscalers of a cluster that scale by CPU or memory, and whether anything tells them the CPU and memory. */
export interface Autoscaling {
    /** As `<namespace>/<name>`. */
    readonly autoscalers: readonly string[];
    readonly isMeasured: boolean;
}

/** Reads the autoscalers of a cluster; undefined if the user may not. Fails if the cluster does not answer. */
export async function autoscalingOf(context: string): Promise<Autoscaling | undefined> {
    try {
        const path = "/apis/autoscaling/v2/horizontalpodautoscalers";
        const { items } = (await ask<{ items: Autoscaler[] }>(context, { path }).catch(orUndefined)) ?? { items: [] };
        const autoscalers = items
            .filter(isByResource)
            .map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
        return { autoscalers, isMeasured: autoscalers.length === 0 || (await isMeasured(context)) };
    } catch (error) {
        if (isForbidden(error)) {
            return undefined;
        }
        throw error;
    }
}

/** By CPU or memory. Other metrics have other servers. Without metrics, it is the CPU. */
function isByResource({ spec: { metrics = [{ type: "Resource" }] } }: Autoscaler): boolean {
    return metrics.some(({ type }) => ["Resource", "ContainerResource"].includes(type));
}

/** The API server answers 404 without a metrics-server, and 503 while the metrics-server does not answer. */
async function isMeasured(context: string): Promise<boolean> {
    const path = "/apis/metrics.k8s.io/v1beta1";
    return ask(context, { path }).then(
        () => true,
        (error: unknown) => {
            if (error instanceof ApiError && [404, 503].includes(error.status)) {
                return false;
            }
            throw error;
        },
    );
}
