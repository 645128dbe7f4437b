import type { ClusterFacts } from "../../cli/status/facts";
import type { Kustomization, Source } from "../../preflight/kubernetes";

export const [old, wanted] = ["a".repeat(40), "b".repeat(40)];
export const since = "2026-11-23T12:30:31Z";

export const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: since };

export function gitRepository(changed: Partial<Source> = {}, commit = wanted): Source {
    return {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name: "fluxcd-apps", namespace: "flux-system", generation: 2 },
        spec: { ref: { tag: "staging-v1.0.0" } },
        status: {
            observedGeneration: 2,
            conditions: [ready],
            artifact: { revision: `staging-v1.0.0@sha1:${commit}` },
        },
        ...changed,
    };
}

export function kustomization(name: string, changed: Partial<Kustomization> = {}, commit = wanted): Kustomization {
    return {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system", generation: 1 },
        spec: { path: `./${name}/overlays/staging` },
        status: {
            observedGeneration: 1,
            conditions: [ready],
            lastAppliedRevision: `staging-v1.0.0@sha1:${commit}`,
        },
        ...changed,
    };
}

export function cluster(
    apps: { gitRepository?: Source | undefined; kustomization?: Kustomization | undefined } = {},
): ClusterFacts {
    return {
        kubernetes: "v1.36.3",
        controllers: [{ name: "source-controller", version: "v1.9.5", ready: true }],
        sources: {
            infrastructure: { gitRepository: gitRepository(), kustomization: kustomization("infrastructure") },
            apps: { gitRepository: gitRepository(), kustomization: kustomization("apps"), ...apps },
        },
    };
}
