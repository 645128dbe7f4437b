import { readFileSync } from "node:fs";

import type { ClusterFacts } from "../../cli/status/facts";
import type { Kustomization, Source } from "../../clients/cluster";

export const [old, wanted] = ["a".repeat(40), "b".repeat(40)];
export const since = "2026-11-23T12:30:31Z";

export const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: since };

type Spec = Readonly<Record<string, unknown>>;
const registered = JSON.parse(readFileSync("test/golden/staging.json", "utf8")) as {
    readonly name: string;
    readonly inputs: { readonly spec?: Spec };
}[];

/** The spec that stack staging registers for an object, with what its CRD adds. */
export function specOf(name: `${"infrastructure" | "apps"}-${"source" | "kustomization"}`): Spec {
    const spec = registered.find((it) => it.name === name)?.inputs.spec;
    return { ...spec, ...(name.endsWith("-source") ? { timeout: "60s" } : { force: false }) };
}

export function gitRepository(changed: Partial<Source> = {}, commit = wanted): Source {
    return {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name: "fluxcd-apps", namespace: "flux-system", generation: 2 },
        spec: specOf("apps-source"),
        status: {
            observedGeneration: 2,
            conditions: [ready],
            artifact: { revision: `staging-v1.0.0@sha1:${commit}` },
        },
        ...changed,
    };
}

export function kustomization(
    name: "infrastructure" | "apps",
    changed: Partial<Kustomization> = {},
    commit = wanted,
): Kustomization {
    return {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system", generation: 1 },
        spec: specOf(`${name}-kustomization`),
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
        further: { gitRepositories: [], kustomizations: [] },
    };
}
