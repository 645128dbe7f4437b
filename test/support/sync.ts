import * as pulumi from "@pulumi/pulumi";

import { Sync, type SyncArgs } from "../../components/sync";
import type { Ref } from "../../domain/release";
import { startWorld, type World } from "./world";

export const gitRepository = "kubernetes:source.toolkit.fluxcd.io/v1:GitRepository";
export const kustomization = "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization";
export const secretType = "kubernetes:core/v1:Secret";

const key = pulumi.secret("the private key");

/** The apps of dev at a ref, with whatever else a test is about. */
export function sync(ref: Ref, serviceAccountName?: string, more: Partial<SyncArgs> = {}): Sync {
    return new Sync("apps", {
        context: "dev",
        namespace: "flux-system",
        repository: "fluxcd-apps",
        ref,
        credential: { url: pulumi.output("ssh://git@github.com/misua/fluxcd-apps.git"), data: { identity: key } },
        ageKeys: pulumi.secret(""),
        path: "./apps/overlays/dev",
        sourceInterval: "1m",
        interval: "5m",
        retryInterval: "2m",
        timeout: "3m",
        prune: true,
        wait: true,
        deletionPolicy: "Orphan",
        serviceAccountName,
        suspend: undefined,
        after: [{ name: "infrastructure" }],
        ...more,
    });
}

/** A world whose cluster knows Flux's kinds. */
export async function startFluxWorld(): Promise<World> {
    const world = await startWorld();
    world.answers.set("GET /apis/source.toolkit.fluxcd.io/v1", {
        resources: [{ kind: "GitRepository", name: "gitrepositories", namespaced: true }],
    });
    world.answers.set("GET /apis/kustomize.toolkit.fluxcd.io/v1", {
        resources: [{ kind: "Kustomization", name: "kustomizations", namespaced: true }],
    });
    return world;
}
