import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Kustomization } from "../preflight/kubernetes";

interface GitRepository {
    readonly spec?: { readonly suspend?: boolean };
    readonly status?: { readonly artifact?: { readonly revision?: string } };
}

type Live<T extends { spec?: unknown; status?: unknown }> = pulumi.Output<Pick<T, "spec" | "status">>;

/** A GitRepository as it is in the cluster at this run. A managed resource only knows the status of its last update. */
export function liveSource(
    name: string,
    object: k8s.apiextensions.CustomResource,
    opts: pulumi.CustomResourceOptions,
): Live<GitRepository> {
    return live(name, gitRepository, { ...opts, id: object.id }) as Live<GitRepository>;
}

/** A Kustomization as it is in the cluster at this run. */
export function liveKustomization(
    name: string,
    object: k8s.apiextensions.CustomResource,
    opts: pulumi.CustomResourceOptions,
): Live<Kustomization> {
    return live(name, kustomization, { ...opts, id: object.id }) as Live<Kustomization>;
}

const gitRepository = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
const kustomization = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

function live(
    name: string,
    kind: { apiVersion: string; kind: string },
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<unknown> {
    // The SDK reads only the properties it is given.
    const object = new k8s.apiextensions.CustomResource(name, { ...kind, spec: undefined, status: undefined }, opts);
    const { spec, status } = object as unknown as Record<"spec" | "status", pulumi.Output<unknown>>;
    return pulumi.all([spec, status]).apply(([spec, status]) => ({ spec, status }));
}
