import * as pulumi from "@pulumi/pulumi";

import { byHandPrefix } from "../checks/handWork";
import type { ManagedFields } from "../clients/cluster";
import { changeManagers, withoutFieldsOf } from "../clients/fieldManagers";

interface KubernetesObject {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/**
 * A transformation that keeps manual changes, such as `spec.suspend`, in updates of Kubernetes objects. It keeps fields
 * that were set with kubectl and that the stack does not declare. Before the Kubernetes provider writes an object, it
 * takes over the fields of certain managers, and the write then removes these fields. So this renames the managers
 * first. Fields that the stack does declare are removed from the managers, so that the write causes no conflict.
 * https://github.com/pulumi/pulumi-kubernetes/blob/v4.25.0/provider/pkg/await/await.go (fixCSAFieldManagers)
 */
export function keepHandWork(context: string, existing: "refuse" | "adopt"): pulumi.ResourceTransformation {
    const hook = new pulumi.ResourceHook("keep-hand-work", async ({ oldInputs, newInputs }) => {
        const { apiVersion, kind, metadata } = (oldInputs ?? {}) as KubernetesObject;
        if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
            return;
        }
        const { name, namespace } = metadata;
        const object = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
        await changeManagers(context, object, (entry) => kept(entry, newInputs, existing));
    });
    return ({ type, props, opts }) =>
        type.startsWith("kubernetes:") ? { props: props, opts: withHook(opts, hook) } : undefined;
}

/**
 * A client applied the complete adopted Flux. Its fields are not kept: those that a newer manifest no longer has must
 * be removed.
 */
function kept(entry: ManagedFields, declared: unknown, existing: "refuse" | "adopt"): ManagedFields {
    const { manager = "", fieldsV1 } = entry;
    const installer = existing === "adopt" && /^(kubectl-client-side-apply|before-first-apply)/.test(manager);
    if (!/^(kubectl|before-first-apply|by-hand)/.test(manager) || installer || fieldsV1 === undefined) {
        return entry;
    }
    const name = manager.startsWith(byHandPrefix) ? manager : `${byHandPrefix}${manager}`;
    return { ...entry, manager: name, fieldsV1: withoutFieldsOf(fieldsV1, declared) };
}

function withHook(opts: pulumi.CustomResourceOptions, hook: pulumi.ResourceHook): pulumi.CustomResourceOptions {
    const { hooks = {} } = opts;
    return { ...opts, hooks: { ...hooks, beforeUpdate: [...(hooks.beforeUpdate ?? []), hook] } };
}
