import type { V1PersistentVolume, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { mkdirSync } from "node:fs";
import { Refusal } from "./controllers.ts";
import type { Plain, Pod } from "./plain.ts";

/** What of the API server's answers is needed here. */
export interface ClaimApi {
    readNamespacedPersistentVolumeClaim: (of: {
        name: string;
        namespace: string;
    }) => Promise<Plain<V1PersistentVolumeClaim>>;
    readPersistentVolume: (of: { name: string }) => Promise<Plain<V1PersistentVolume>>;
}

/**
 * Where the pod's claims lie on this host, by the names of its volumes. A claim is mounted when it is bound, and to a
 * hostPath, whose directory outlives every pod.
 */
export async function claimedPaths(api: ClaimApi, { metadata, spec }: Pod): Promise<Map<string, string>> {
    const found = (spec?.volumes ?? []).map(async ({ name, persistentVolumeClaim }) => {
        if (!persistentVolumeClaim) return [];
        const { claimName } = persistentVolumeClaim;
        const namespace = metadata?.namespace ?? "";
        const claim = await api.readNamespacedPersistentVolumeClaim({ name: claimName, namespace });
        const volumeName = claim.spec?.volumeName;
        if (claim.status?.phase !== "Bound" || volumeName === undefined) {
            throw new Refusal("ContainerCreating", `The claim ${claimName} is not bound.`);
        }
        const volume = await api.readPersistentVolume({ name: volumeName });
        const path = volume.spec?.hostPath?.path;
        if (path === undefined) {
            const message = `The lab's kubelet mounts hostPath alone, which the volume ${volumeName} of ${claimName} is not.`;
            throw new Refusal("CreateContainerConfigError", message);
        }
        mkdirSync(path, { recursive: true });
        return [[name, path] as const];
    });
    return new Map((await Promise.all(found)).flat());
}
