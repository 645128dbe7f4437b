import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { componentOf } from "../domain/objects";
import type { ManifestObject } from "../domain/objects";
import { Presence } from "./presence";
import { Admission, type AdmissionArgs } from "./admission";
import { UninstallStep } from "./uninstallStep";
import { type Uninstall } from "../uninstall/settings";

export interface FluxArgs extends Omit<AdmissionArgs, "namespace"> {
    /** The objects of Flux's release manifest to install. */
    manifest: readonly ManifestObject[];
    /** The settings of the uninstall. */
    uninstall: Uninstall;
}

/**
 * Each class has its own arguments, so they are not typed here: the API server validates the objects of the manifest.
 */
type Constructor = new (name: string, args: never, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

const constructors: Readonly<Record<string, Constructor>> = {
    "v1/Namespace": k8s.core.v1.Namespace,
    "v1/PersistentVolumeClaim": k8s.core.v1.PersistentVolumeClaim,
    "v1/ResourceQuota": k8s.core.v1.ResourceQuota,
    "v1/Service": k8s.core.v1.Service,
    "v1/ServiceAccount": k8s.core.v1.ServiceAccount,
    "apiextensions.k8s.io/v1/CustomResourceDefinition": k8s.apiextensions.v1.CustomResourceDefinition,
    "apps/v1/Deployment": k8s.apps.v1.Deployment,
    "networking.k8s.io/v1/NetworkPolicy": k8s.networking.v1.NetworkPolicy,
    "rbac.authorization.k8s.io/v1/ClusterRole": k8s.rbac.v1.ClusterRole,
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": k8s.rbac.v1.ClusterRoleBinding,
};

/** The kinds in the order of creation; a destroy deletes them in reverse. All other kinds are third. */
const namespaces = ["Namespace"];
const definitions = ["CustomResourceDefinition"];
const controllers = ["Deployment"];

/**
 * Flux, one resource per object of its release manifest: the namespace, then CRDs, then accounts, services and
 * policies, then the controllers. A destroy deletes them in reverse, so that a controller runs as long as an object
 * needs it to remove its finalizer. Finalizers that are still left are removed before the CRDs are deleted. The last
 * step waits for the namespace.
 */
export class Flux extends pulumi.ComponentResource {
    /** The namespace that Flux runs in. */
    public readonly namespace: pulumi.Output<string>;
    /** The settings of the uninstall, for its other steps. */
    public readonly uninstall: Uninstall & { readonly namespace: string };
    /** The resources to depend on. A dependency on all of Flux would list its parts in the state of each dependent. */
    public readonly ready: pulumi.Resource[];
    /** Tracks which of the objects this run creates. */
    public readonly presence: Presence;

    constructor(name: string, args: FluxArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Flux", name, {}, opts);
        const { keepDefinitions, keepNamespace, uninstallSeconds } = args.uninstall;
        const customTimeouts = { delete: `${uninstallSeconds}s` };
        const presence = new Presence(`${name}-made`);
        this.presence = presence;
        const stage = (objects: readonly ManifestObject[], dependsOn: pulumi.Resource[], retainOnDelete = false) =>
            objects.map((object) => {
                const resource = declare(name, object, {
                    ...presence.options,
                    parent: this,
                    dependsOn,
                    customTimeouts,
                    ...(retainOnDelete && { retainOnDelete }),
                });
                presence.add(object, resource);
                return resource;
            });
        const ofKinds = (kinds: readonly string[]) => args.manifest.filter(({ kind }) => kinds.includes(kind));
        const rest = args.manifest.filter(
            ({ kind }) => ![...namespaces, ...definitions, ...controllers].includes(kind),
        );
        const [namespaceName = ""] = ofKinds(namespaces).map(({ metadata }) => metadata.name);
        this.uninstall = { ...args.uninstall, namespace: namespaceName };
        const step = (what: string, step: "free" | "same" | "wait", dependsOn: pulumi.Resource[]) =>
            new UninstallStep(`${name}-${what}`, { ...this.uninstall, step }, { parent: this, dependsOn });

        const awaited = keepNamespace ? [] : [step("namespace-gone", "wait", [])];
        const first = stage(ofKinds(namespaces), awaited, keepNamespace);
        const second = stage(
            ofKinds(definitions),
            [...first, step("same-at-namespace", "same", first)],
            keepDefinitions,
        );
        const third = stage(rest, second);
        const fourth = stage(ofKinds(controllers), [...third, step("objects-freed", "free", second)]);
        // A destroy deletes everything that depends on Flux before this step.
        const last = step("same-at-controllers", "same", fourth);

        const [namespace] = first;
        if (!(namespace instanceof k8s.core.v1.Namespace)) {
            throw new Error("`manifest` has no Namespace.");
        }
        this.namespace = namespace.metadata.name;
        const { sourceUrls, addresses } = args;
        const admission = { namespace: this.namespace, sourceUrls, addresses };
        const policies = new Admission(`${name}-admission`, admission, { parent: this, dependsOn: second });
        this.ready = [last, policies];
        this.registerOutputs({ namespace: this.namespace });
    }
}

function declare(name: string, object: ManifestObject, opts: pulumi.CustomResourceOptions): pulumi.CustomResource {
    const type = `${object.apiVersion}/${object.kind}`;
    const constructor = constructors[type];
    if (!constructor) {
        throw new Error(
            `\`manifest\` has a ${type} named ${object.metadata.name}, which is not a kind Flux is made of.`,
        );
    }
    const resourceName = `${name}-${object.kind.toLowerCase()}-${object.metadata.name}`;
    return new constructor(resourceName, prepared(object) as never, opts);
}

function prepared(object: ManifestObject): ManifestObject {
    switch (object.kind) {
        case "Namespace":
        case "PersistentVolumeClaim":
        case "Service":
            return withoutAwait(object);
        case "Deployment":
            return withQuickDependencies(object);
        default:
            return object;
    }
}

/**
 * Awaiting these kinds does not help. A namespace that cannot be deleted does not report the reason, so a separate step
 * waits for it. A Service gets endpoints only from its controller, which is created later: each wait would cost ten
 * seconds. The volume of a claim may be created only with the pod that uses it.
 */
function withoutAwait({ apiVersion, kind, metadata, ...rest }: ManifestObject): ManifestObject {
    const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
    return { apiVersion, kind, ...rest, metadata: { ...metadata, annotations } };
}

/**
 * Shortens the retry interval for dependencies. A new commit of the apps repository makes Flux reconcile their
 * dependencies at the same moment, so it finds them not ready. The default is to retry after 30 seconds;
 * flux-operator's presets also use 5. The options have priority.
 */
function withQuickDependencies(object: ManifestObject): ManifestObject {
    const deployment = structuredClone(object) as ManifestObject & DeploymentSpec;
    const args = deployment.spec.template.spec.containers[0]?.args;
    const isSet = args?.some((argument) => argument.startsWith("--requeue-dependency="));
    if (!["kustomize-controller", "helm-controller"].includes(componentOf(object)) || isSet) {
        return object;
    }
    args?.push("--requeue-dependency=5s");
    return deployment;
}

interface DeploymentSpec {
    readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly args?: string[] }[] } };
    };
}
