import type { FluxOptions } from "../config/flux";
import { changeManagers, type Container, type Customized, type Objects, withArgument } from "./objects";

const refersAcrossNamespaces = [
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
];

/**
 * Flux's lockdown for clusters of several tenants: no references across namespaces, no remote bases, and an account without
 * rights for whatever names none. The program's own Kustomizations then name one, see config/parse.ts.
 * https://fluxcd.io/flux/installation/configuration/multitenancy/
 */
export function tenancy(objects: Objects, { multitenancy }: FluxOptions): Customized {
    if (multitenancy === false) {
        return { objects, unfit: [] };
    }
    const account = multitenancy === true ? "default" : multitenancy;
    return { objects: changeManagers(objects, (manager, component) => locked(manager, component, account)), unfit: [] };
}

function locked(manager: Container, component: string, account: string): Container {
    const apart = refersAcrossNamespaces.includes(component)
        ? withArgument(manager, "no-cross-namespace-refs", true)
        : manager;
    const local = component === "kustomize-controller" ? withArgument(apart, "no-remote-bases", true) : apart;
    return ["kustomize-controller", "helm-controller"].includes(component)
        ? withArgument(local, "default-service-account", account)
        : local;
}
