import * as pulumi from "@pulumi/pulumi";

import { errorHooks, type Hooks } from "../../components/hooks";
import { Kustomization, type KustomizationArgs } from "../../components/kustomization";
import { Source, type SourceArgs } from "../../components/source";
import type { Kustomization as KustomizationSettings } from "../../config/kustomizations";
import type { Source as SourceSettings } from "../../config/sources";
import { startWorld, type World } from "./world";

export const gitRepository = "kubernetes:source.toolkit.fluxcd.io/v1:GitRepository";
export const kustomization = "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization";
export const secretType = "kubernetes:core/v1:Secret";

const group = (name: string) => `GET /apis/${name}.toolkit.fluxcd.io/v1`;

/** What a cluster is asked for its GitRepositories and its Kustomizations. */
export const lists = {
    sources: `${group("source")}/namespaces/flux-system/gitrepositories`,
    kustomizations: `${group("kustomize")}/namespaces/flux-system/kustomizations`,
};

/** A world whose cluster knows Flux's kinds, and has no object of them. */
export async function startFluxWorld(): Promise<World> {
    const world = await startWorld();
    const resource = (kind: string, name: string) => ({ resources: [{ kind, name, namespaced: true }] });
    world.answers.set(group("source"), resource("GitRepository", "gitrepositories"));
    world.answers.set(group("kustomize"), resource("Kustomization", "kustomizations"));
    world.answers.set(lists.sources, { items: [] });
    world.answers.set(lists.kustomizations, { items: [] });
    return world;
}

/** The settings of GitHub, without waiting. */
export const github = {
    owner: "misua",
    baseUrl: "https://api.github.com/",
    writeDelayMs: 0,
    readDelayMs: 0,
    parallelRequests: false,
    maxRetries: 0,
};

const registered = new WeakMap<object, Hooks>();

/** The error hooks of a program, which it registers once. */
export function hooks(): Hooks {
    const engine = pulumi.runtime.getMonitor() as object;
    const made = registered.get(engine) ?? errorHooks({ context: "dev", github }, "token-of-the-test");
    registered.set(engine, made);
    return made;
}

export const apps: SourceSettings = {
    name: "apps",
    repository: "fluxcd-apps",
    url: undefined,
    ref: { branch: "main" },
    promoted: true,
    exemption: undefined,
    interval: "1m",
    timeout: "60s",
    verify: undefined,
    shard: undefined,
    suspend: undefined,
};

/** A source that everybody may read. */
export const podinfo: SourceSettings = {
    ...apps,
    name: "podinfo",
    repository: undefined,
    url: "https://github.com/stefanprodan/podinfo",
    ref: { tag: "6.11.0" },
    promoted: false,
    interval: "2m",
    timeout: "30s",
};

export const appliedApps: KustomizationSettings = {
    name: "apps",
    source: "apps",
    path: "./apps/overlays/dev",
    dependsOn: ["infrastructure"],
    targetNamespace: undefined,
    interval: "5m",
    retryInterval: "2m",
    timeout: "3m",
    prune: true,
    wait: true,
    healthCheckExprs: undefined,
    deletionPolicy: "Orphan",
    serviceAccountName: undefined,
    rules: undefined,
    substitute: undefined,
    shard: undefined,
    decryption: undefined,
    suspend: undefined,
};

const key = pulumi.secret("the private key");

/** The source apps of dev, or another of these settings, with whatever else a test is about. */
export function source(settings: Partial<SourceSettings> = {}, more: Partial<SourceArgs> = {}): Source {
    const all = { ...apps, ...settings };
    const credential = {
        url: pulumi.output(all.url ?? `ssh://git@github.com/misua/${all.repository ?? ""}.git`),
        data: all.url === undefined ? { identity: key } : undefined,
        provider: undefined,
        readable: [],
    };
    const inFlux = { namespace: "flux-system", suspended: new Set<string>(), hooks: hooks() };
    return new Source(all.name, { settings: all, found: undefined, credential, ...inFlux, ...more });
}

/** The Kustomization apps of dev, or another of these settings, from a source. */
export function applied(
    from: Source,
    settings: Partial<KustomizationSettings> = {},
    more: Partial<KustomizationArgs> = {},
    opts?: pulumi.ComponentResourceOptions,
): Kustomization {
    const all = { ...appliedApps, source: from.name, ...settings };
    const inFlux = { namespace: "flux-system", suspended: new Set<string>(), hooks: hooks() };
    const args = { settings: all, source: from, ageKeys: pulumi.secret(""), ...inFlux, ...more };
    return new Kustomization(all.name, args, opts);
}
