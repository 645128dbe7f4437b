import assert from "node:assert/strict";
import type {
    V1ClusterRole,
    V1ConfigMap,
    V1Deployment,
    V1Namespace,
    V1NetworkPolicy,
    V1PodDisruptionBudget,
    V1PodSpec,
    V1ResourceQuota,
    V1RoleBinding,
    V1Service,
    V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { kustomizeBuild, type Manifest } from "./kustomize";

export const environments = ["dev", "staging", "production"] as const;
export type Environment = (typeof environments)[number];

export interface Scaffold {
    infrastructure: Manifest[];
    apps: Manifest[];
}

interface Kinds {
    ClusterRole: V1ClusterRole;
    ConfigMap: V1ConfigMap;
    Deployment: V1Deployment;
    HorizontalPodAutoscaler: V2HorizontalPodAutoscaler;
    Namespace: V1Namespace;
    NetworkPolicy: V1NetworkPolicy;
    PodDisruptionBudget: V1PodDisruptionBudget;
    ResourceQuota: V1ResourceQuota;
    RoleBinding: V1RoleBinding;
    Service: V1Service;
}

/** What an environment's cluster gets from the two repositories as they are first made. */
export async function buildScaffold(environment: Environment): Promise<Scaffold> {
    return {
        infrastructure: [
            ...(await kustomizeBuild(`scaffold/fluxcd-infrastructure/infrastructure/overlays/${environment}`)),
            ...(await kustomizeBuild(`scaffold/fluxcd-infrastructure/infrastructure/configs/overlays/${environment}`)),
        ],
        apps: await kustomizeBuild(`scaffold/fluxcd-apps/apps/overlays/${environment}`),
    };
}

/** The one manifest of a kind, or of a kind and name. */
export function only<Kind extends keyof Kinds>(manifests: Manifest[], kind: Kind, name?: string): Kinds[Kind] {
    const found = manifests.filter((it) => it.kind === kind && (name === undefined || it.metadata.name === name));
    assert.equal(found.length, 1, `expected one ${kind} ${name ?? ""}, found ${found.length}`);
    return found[0] as unknown as Kinds[Kind];
}

export function podSpec(manifests: Manifest[]): V1PodSpec {
    const spec = only(manifests, "Deployment").spec?.template.spec;
    assert.ok(spec);
    return spec;
}
