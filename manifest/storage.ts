import type { FluxOptions } from "../config/flux";
import type { ManifestObject } from "../domain/objects";
import {
    changePods,
    componentOf,
    type Customized,
    type Deployment,
    isDeployment,
    managerOf,
    type Objects,
} from "../domain/objects";

type Storage = NonNullable<FluxOptions["storage"]>;

/**
 * Keeps artifacts on a volume that outlives source-controller's pod, so that a new pod need not fetch them again.
 * https://fluxcd.io/flux/installation/configuration/vertical-scaling/#persistent-storage-for-flux-internal-artifacts
 */
export function storage(objects: Objects, { storage }: FluxOptions): Customized {
    if (storage === undefined) {
        return { objects, unfit: [] };
    }
    const deployments = objects.filter(isDeployment).filter((it) => componentOf(it) === "source-controller");
    const changed = changePods(objects, (pod, deployment) =>
        deployments.includes(deployment)
            ? {
                  ...pod,
                  volumes: (pod.volumes ?? []).map((volume) =>
                      volume.name === volumeOf(deployment)
                          ? { name: volume.name, persistentVolumeClaim: { claimName: deployment.metadata.name } }
                          : volume,
                  ),
              }
            : pod,
    );
    const unfit = deployments
        .filter((it) => !it.spec.template.spec.volumes?.some(({ name }) => name === volumeOf(it)))
        .map(({ metadata }) => ({
            option: "storage",
            value: storage,
            expected: `the manifest's ${metadata.name} has no volume at /data, where it stores its artifacts`,
        }));
    return { objects: [...changed, ...deployments.map((it) => claim(it, storage))], unfit };
}

function volumeOf(deployment: Deployment): string | undefined {
    return managerOf(deployment)?.volumeMounts?.find(({ mountPath }) => mountPath === "/data")?.name;
}

function claim({ metadata }: Deployment, { class: storageClassName, size }: Storage): ManifestObject {
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata,
        spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storageClassName === undefined ? {} : { storageClassName }),
            resources: { requests: { storage: size } },
        },
    };
}
