import { componentNames, type FluxOptions } from "../config/flux";
import { changeManagers, type Container, type Customized, type Objects, withArgument } from "../domain/objects";

// Every controller but source-controller has the flag: https://fluxcd.io/flux/installation/configuration/multitenancy/
const refersAcrossNamespaces: readonly string[] = componentNames.filter((name) => name !== "source-controller");

/**
 * Flux's multi-tenancy lockdown: no references across namespaces, no remote bases, and an account without rights for
 * every object that names none. The program's own Kustomizations name an account, see config/parse.ts. Admission cannot
 * see remote bases, so they are also turned off if source URLs are limited.
 * https://fluxcd.io/flux/installation/configuration/multitenancy/
 */
export function tenancy(objects: Objects, { multitenancy, sourceUrls }: FluxOptions): Customized {
    const local =
        multitenancy !== false || sourceUrls.length > 0 ? changeManagers(objects, withoutRemoteBases) : objects;
    const account = multitenancy === true ? "default" : multitenancy;
    const locked =
        account === false ? local : changeManagers(local, (manager, component) => lock(manager, component, account));
    return { objects: locked, unfit: [] };
}

function withoutRemoteBases(manager: Container, component: string): Container {
    return component === "kustomize-controller" ? withArgument(manager, "no-remote-bases", true) : manager;
}

function lock(manager: Container, component: string, account: string): Container {
    const apart = refersAcrossNamespaces.includes(component)
        ? withArgument(manager, "no-cross-namespace-refs", true)
        : manager;
    return ["kustomize-controller", "helm-controller"].includes(component)
        ? withArgument(apart, "default-service-account", account)
        : apart;
}
