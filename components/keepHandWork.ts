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
 * A transformation that has every update of a Kubernetes object leave alone what people have set on it with kubectl and the
 * stack does not declare, such as `spec.suspend`. Before it writes an object, the Kubernetes provider makes itself the
 * manager of what any manager of these names has written, whose fields the write then removes. So they get other names
 * first. What the stack does declare is taken from them, so that the write is no conflict.
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

/** An adopted Flux was applied as a whole by a client: what a newer manifest has no more has to go. */
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
