import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";

interface FluxObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
    };
}

let hook: pulumi.ErrorHook | undefined;

/** Repeats what Flux says of an object that did not get to where the update wants it; Pulumi says only "timed out". */
export function explainFluxErrors(context: string): pulumi.ErrorHook {
    return (hook ??= new pulumi.ErrorHook("fluxcd:explainFluxErrors", async ({ newInputs }) => {
        const object = newInputs as FluxObject | undefined;
        const explanation = object && explain(await read(context, object).catch(() => object));
        if (explanation !== undefined) {
            await pulumi.log.error(explanation);
        }
        return false;
    }));
}

/** Flux's own words for where an object stands, or undefined where it has said nothing yet. */
export function explain({ kind, metadata, status }: FluxObject): string | undefined {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready && `Flux says of ${kind} ${metadata.name}: ${ready.reason}: ${ready.message}`;
}

function read(context: string, { apiVersion, kind, metadata }: FluxObject): Promise<FluxObject> {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromDefault();
    kubeconfig.setCurrentContext(context);
    const { name, namespace } = metadata;
    const header = { apiVersion, kind, metadata: { name, namespace } };
    return KubernetesObjectApi.makeApiClient(kubeconfig).read(header) as Promise<unknown> as Promise<FluxObject>;
}
