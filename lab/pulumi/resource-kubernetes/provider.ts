// What the provider is once it is configured: one cluster, or the reason why there is none.
import { randomBytes } from "node:crypto";
import { text, type ValueMap } from "../values.ts";
import { Cluster } from "./cluster.ts";
import { settingsOf, type Settings } from "./config.ts";
import { load } from "./kubeconfig.ts";
import { annotation, kindOfType, type ApiKind } from "./object.ts";

export interface Provider {
    settings: Settings;
    cluster: Cluster | undefined;
    unreachable: string;
    defaultNamespace: string;
    cancelled: AbortSignal;
}

export async function configure(config: ValueMap, cancelled: AbortSignal): Promise<Provider> {
    const settings = settingsOf(config);
    const common = { settings, cancelled };
    try {
        const kubeconfig = await load(settings);
        const current = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
        const defaultNamespace = settings.namespace || text(current?.namespace) || "default";
        const cluster = new Cluster(kubeconfig);
        try {
            await cluster.request("/version", { signal: AbortSignal.any([cancelled, AbortSignal.timeout(10_000)]) });
        } catch (error) {
            throw new Error(`unable to load schema information from the API server: ${messageOf(error)}`, {
                cause: error,
            });
        }
        return { ...common, cluster, unreachable: "", defaultNamespace };
    } catch (error) {
        return {
            ...common,
            cluster: undefined,
            unreachable: messageOf(error),
            defaultNamespace: settings.namespace || "default",
        };
    }
}

export function reachable({ cluster, unreachable }: Provider): Cluster {
    if (!cluster) throw new Error(`configured Kubernetes cluster is unreachable: ${unreachable}`);
    return cluster;
}

export const deleteInstead =
    "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
    'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** The kind a type token stands for; what only exists in Pulumi's SDK is refused. */
export async function servedKind(type: string, cluster: Cluster | undefined): Promise<ApiKind> {
    const wanted = kindOfType(type);
    if (!/(List|Patch)$/.test(wanted.kind) || (await cluster?.find(wanted))) return wanted;
    throw new Error(`${type}: the lab's stand-in for the kubernetes provider does single objects only`);
}

export const fieldManagerFor = (inputs: ValueMap, known = ""): string =>
    annotation(inputs, "patchFieldManager") || known || `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
