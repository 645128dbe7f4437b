import type { ClusterFacts, FluxObject } from "../../cli/status/facts";

export const [old, wanted] = ["a".repeat(40), "b".repeat(40)];
export const since = "2026-11-23T12:30:31Z";

export const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: since };

export function gitRepository(changed: Partial<FluxObject> = {}, commit = wanted): FluxObject {
    return {
        metadata: { name: "fluxcd-apps", generation: 2 },
        spec: { ref: { tag: "staging-v1.0.0" } },
        status: {
            observedGeneration: 2,
            conditions: [ready],
            artifact: { revision: `staging-v1.0.0@sha1:${commit}` },
        },
        ...changed,
    };
}

export function kustomization(name: string, changed: Partial<FluxObject> = {}, commit = wanted): FluxObject {
    return {
        metadata: { name, generation: 1 },
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
    apps: { gitRepository?: FluxObject | undefined; kustomization?: FluxObject | undefined } = {},
): ClusterFacts {
    return {
        uid: "uid",
        kubernetes: "v1.36.3",
        controllers: [{ name: "source-controller", version: "v1.9.5", ready: true }],
        sources: {
            infrastructure: { gitRepository: gitRepository(), kustomization: kustomization("infrastructure") },
            apps: { gitRepository: gitRepository(), kustomization: kustomization("apps"), ...apps },
        },
    };
}
