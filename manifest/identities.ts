import type { FluxOptions } from "../config/flux";
import type { ManifestObject } from "../domain/objects";
import { componentOf, type Customized, type Deployment, isDeployment, type Objects } from "../domain/objects";

type Annotations = Readonly<Record<string, string>>;

/** What the annotations are put on: an object, or the pods of a Deployment. */
interface Annotated {
    readonly metadata?: { readonly annotations?: Annotations; readonly labels?: Annotations };
}

const azureClient = "azure.workload.identity/client-id";

/**
 * Annotations of the controllers' ServiceAccounts, by which a cloud knows them. Their pods have them too: a cloud's webhook
 * looks at new pods only, so other annotations have to be other pods. Azure's wants a label of the pod besides.
 * https://fluxcd.io/flux/integrations/aws/ https://fluxcd.io/flux/integrations/azure/ https://fluxcd.io/flux/integrations/gcp/
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
            expected: `${component} is not installed: expected one of fluxcd:fluxComponents, which are ${installed.join(", ")}`,
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
