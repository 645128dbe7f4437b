import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { componentOf } from "../domain/objects";
import type { ManifestObject } from "../domain/objects";
import { Presence } from "./presence";
import { Admission, type AdmissionArgs } from "./admission";
import { UninstallStep } from "./uninstallStep";
import { type Uninstall } from "../uninstall/settings";

export interface FluxArgs extends Omit<AdmissionArgs, "namespace">, Uninstall {
    /** The objects of Flux's release manifest to install. */
    manifest: readonly ManifestObject[];
}

/** Each class takes its own args; what the manifest holds, the API server judges. */
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

/** What has to be there before what, and on the way down, what goes first. Kinds not named come third. */
const namespaces = ["Namespace"];
const definitions = ["CustomResourceDefinition"];
const controllers = ["Deployment"];

/**
 * Flux, object by object from its release manifest: namespace, then CRDs, then accounts, services and policies, then the
 * controllers. Taken down in reverse, so that a controller is there for as long as anything needs its finalizer. What it
 * leaves of its objects is freed before the CRDs go, and the namespace is waited for last.
 */
export class Flux extends pulumi.ComponentResource {
    /** The namespace Flux runs in. */
    public readonly namespace: pulumi.Output<string>;
    /** How it leaves the cluster, for the other steps of that. */
    public readonly uninstall: Uninstall & { readonly namespace: string };
    /** Which of the objects this run makes. */
    public readonly presence: Presence;

    constructor(name: string, args: FluxArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Flux", name, {}, opts);
        const { context, clusterUid, keepDefinitions, keepNamespace, uninstallSeconds } = args;
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
        const settings = { context, clusterUid, keepDefinitions, keepNamespace, uninstallSeconds };
        this.uninstall = { ...settings, namespace: namespaceName };
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
        // What comes after Flux goes before this.
        step("same-at-controllers", "same", fourth);

        const [namespace] = first;
        if (!(namespace instanceof k8s.core.v1.Namespace)) {
            throw new Error("`manifest` has no Namespace.");
        }
        this.namespace = namespace.metadata.name;
        const { sourceUrls, repositories, addresses } = args;
        const admission = { namespace: this.namespace, sourceUrls, repositories, addresses };
        new Admission(`${name}-admission`, admission, { parent: this, dependsOn: second });
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
 * A namespace that does not go says nothing of what holds it, so another step waits for it. A Service's endpoints come with
 * its controller, which comes after it: waiting for them costs ten seconds each. A claim's volume may come only with the pod
 * that uses it.
 */
function withoutAwait({ apiVersion, kind, metadata, ...rest }: ManifestObject): ManifestObject {
    const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
    return { apiVersion, kind, ...rest, metadata: { ...metadata, annotations } };
}

/**
 * A new commit of the apps makes Flux reconcile what they depend on at the same moment, and so find it not ready. It looks
 * again after 30 seconds by default; flux-operator's presets take 5 as well. What the options say goes first.
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
