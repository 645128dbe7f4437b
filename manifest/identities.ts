import type { FluxOptions } from "../config/flux";
import type { ManifestObject } from "../domain/objects";
import { componentOf, type Customized, type Deployment, isDeployment, type Objects } from "../domain/objects";

type Annotations = Readonly<Record<string, string>>;

/** An object with metadata: a complete object, or the pod template of a Deployment. */
interface Annotated {
    readonly metadata?: { readonly annotations?: Annotations; readonly labels?: Annotations };
}

const azureClient = "azure.workload.identity/client-id";

/**
 * Annotates the controllers' ServiceAccounts with identities of a cloud. The pods get the same annotations: the cloud's
 * webhook only changes new pods, so a new identity must lead to new pods. Azure's webhook also needs a label on the
 * pod.
 * https://fluxcd.io/flux/integrations/aws/ https://fluxcd.io/flux/integrations/azure/
 * https://fluxcd.io/flux/integrations/gcp/
 */
export function identities(objects: Objects, { serviceAccountAnnotations }: FluxOptions): Customized {
    const annotationsOf = (component: string): Annotations =>
        Object.entries(serviceAccountAnnotations).find(([name]) => name === component)?.[1] ?? {};
    const installed = objects.filter(isDeployment).map(componentOf);
    const unfit = Object.entries(serviceAccountAnnotations)
        .filter(([component]) => !installed.includes(component))
        .map(([component, value]) => ({
            option: `serviceAccountAnnotations.${component}`,
            value,
            expected: `${component} is not installed: expected one of fluxcd:flux.components, which are ${installed.join(", ")}`,
        }));
    return { objects: objects.map((object) => identified(object, annotationsOf)), unfit };
}

function identified(object: ManifestObject, annotationsOf: (component: string) => Annotations): ManifestObject {
    if (object.kind === "ServiceAccount") {
        return withMetadata(object, annotationsOf(object.metadata.name), {});
    }
    return isDeployment(object) ? withPods(object, annotationsOf(componentOf(object))) : object;
}

function withPods(deployment: Deployment, annotations: Annotations): Deployment {
    const { spec } = deployment;
    const labels: Annotations = azureClient in annotations ? { "azure.workload.identity/use": "true" } : {};
    return { ...deployment, spec: { ...spec, template: withMetadata(spec.template, annotations, labels) } };
}

function withMetadata<T extends Annotated>(object: T, annotations: Annotations, labels: Annotations): T {
    if (Object.keys(annotations).length === 0) {
        return object;
    }
    const { metadata } = object;
    return {
        ...object,
        metadata: {
            ...metadata,
            annotations: { ...metadata?.annotations, ...annotations },
            ...(Object.keys(labels).length > 0 && { labels: { ...metadata?.labels, ...labels } }),
        },
    };
}
