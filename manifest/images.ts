import type { FluxOptions } from "../config/flux";
import { changeManagers, changePods, type Container, type Customized, type Objects, type Pod } from "../domain/objects";

/**
 * Moves the controllers' images to another registry, and adds the Secret to pull them. An image keeps its name, tag and
 * digest, as with `flux install --registry`. https://fluxcd.io/flux/installation/configuration/air-gapped/
 */
export function images(objects: Objects, { registry, imagePullSecret }: FluxOptions): Customized {
    const moved = registry === undefined ? objects : changeManagers(objects, (manager) => from(registry, manager));
    const pulled = imagePullSecret === undefined ? moved : changePods(moved, (pod) => pulledWith(imagePullSecret, pod));
    return { objects: pulled, unfit: [] };
}

function from(registry: string, manager: Container): Container {
    return manager.image === undefined
        ? manager
        : { ...manager, image: `${registry}/${manager.image.slice(manager.image.lastIndexOf("/") + 1)}` };
}

function pulledWith(name: string, pod: Pod): Pod {
    const others = (pod.imagePullSecrets ?? []).filter((secret) => secret.name !== name);
    return { ...pod, imagePullSecrets: [...others, { name }] };
}
