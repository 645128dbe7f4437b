import { readFileSync } from "node:fs";

import type { ClusterFacts } from "../../cli/status/facts";
import type { Kustomization, Source } from "../../clients/cluster";

export const [old, wanted] = ["a".repeat(40), "b".repeat(40)];
export const since = "2026-11-23T12:30:31Z";

export const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: since };

/** The commits that GitHub has for the release tags of stack staging. */
export const commits = { infrastructure: wanted, apps: wanted };

type Spec = Readonly<Record<string, unknown>>;
const registered = JSON.parse(readFileSync("test/golden/staging.json", "utf8")) as {
    readonly name: string;
    readonly inputs: { readonly spec?: Spec };
}[];

/** The spec that stack staging registers for an object, with what its CRD adds. */
export function specOf(name: `${BuiltInSource}-source` | `${BuiltIn}-kustomization`): Spec {
    const spec = registered.find((it) => it.name === name)?.inputs.spec;
    return { ...spec, ...(name.endsWith("-kustomization") && { force: false }) };
}

/** The settings of stack staging, with other sources and Kustomizations or other fields of them. */
export function stagingWith(
    sources: Readonly<Record<string, object>> = {},
    kustomizations: Readonly<Record<string, object>> = {},
): Record<string, unknown> {
    const release = { tag: "staging-v1.0.0" };
    return {
        "fluxcd:sources": { infrastructure: release, apps: release, ...sources },
        "fluxcd:kustomizations": { apps: { serviceAccountName: "apps-reconciler" }, ...kustomizations },
    };
}

/** A source that everybody may read, and a Kustomization that applies from it. */
export const flagger = { url: "https://github.com/fluxcd/flagger", tag: "v1.2.0" };
export const canaries = { source: "flagger", path: "./kustomize" };

/** What the cluster has of them. */
export const liveFlagger: Source = {
    ...gitRepository("infrastructure"),
    metadata: { name: "flagger", namespace: "flux-system", generation: 2 },
    spec: { url: flagger.url, ref: { tag: "v1.2.0" }, interval: "1m", timeout: "60s" },
    status: { observedGeneration: 2, conditions: [ready], artifact: { revision: `v1.2.0@sha1:${wanted}` } },
};
export const liveCanaries: Kustomization = {
    ...kustomization("infrastructure"),
    metadata: { name: "canaries", namespace: "flux-system", generation: 1 },
    spec: {
        sourceRef: { kind: "GitRepository", name: "flagger" },
        ...{ path: "./kustomize", interval: "10m", retryInterval: "1m", timeout: "5m" },
        ...{ prune: true, wait: true, deletionPolicy: "Orphan", force: false },
    },
    status: { observedGeneration: 1, conditions: [ready], lastAppliedRevision: `v1.2.0@sha1:${wanted}` },
};

type BuiltInSource = "infrastructure" | "apps";
type BuiltIn = BuiltInSource | "infrastructure-configs";

export function gitRepository(name: BuiltInSource, changed: Partial<Source> = {}, commit = wanted): Source {
    return {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name, namespace: "flux-system", generation: 2 },
        spec: specOf(`${name}-source`),
        status: {
            observedGeneration: 2,
            conditions: [ready],
            artifact: { revision: `staging-v1.0.0@sha1:${commit}` },
        },
        ...changed,
    };
}

export function kustomization(name: BuiltIn, changed: Partial<Kustomization> = {}, commit = wanted): Kustomization {
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

export interface Changed {
    readonly sources?: Readonly<Record<string, Source | undefined>>;
    readonly kustomizations?: Readonly<Record<string, Kustomization | undefined>>;
}

/** The cluster of stack staging, with other objects by their names; undefined takes one away. */
export function cluster({ sources = {}, kustomizations = {} }: Changed = {}): ClusterFacts {
    const builtIn = {
        sources: { infrastructure: gitRepository("infrastructure"), apps: gitRepository("apps") },
        kustomizations: {
            infrastructure: kustomization("infrastructure"),
            "infrastructure-configs": kustomization("infrastructure-configs"),
            apps: kustomization("apps"),
        },
    };
    return {
        kubernetes: "v1.36.3",
        controllers: [{ name: "source-controller", version: "v1.9.5", ready: true }],
        sources: there({ ...builtIn.sources, ...sources }),
        kustomizations: there({ ...builtIn.kustomizations, ...kustomizations }),
    };
}

function there<T>(objects: Readonly<Record<string, T | undefined>>): ReadonlyMap<string, T> {
    return new Map(Object.entries(objects).flatMap(([name, it]) => (it === undefined ? [] : [[name, it] as const])));
}
