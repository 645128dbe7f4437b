import type { FluxOptions } from "../config/flux";
import {
    argumentOf,
    changeManagers,
    type Container,
    type Customized,
    isDeployment,
    managerOf,
    type Objects,
    withArgument,
} from "../domain/objects";

/** Sets the options that all controllers have. https://fluxcd.io/flux/cmd/flux_install/ */
export function controllerArguments(objects: Objects, options: FluxOptions): Customized {
    const { logLevel, watchAllNamespaces, clusterDomain } = options;
    const changed = changeManagers(objects, (manager) => {
        const logging = logLevel === undefined ? manager : withArgument(manager, "log-level", logLevel);
        const watching =
            watchAllNamespaces === undefined
                ? logging
                : withArgument(logging, "watch-all-namespaces", watchAllNamespaces);
        return clusterDomain === undefined ? watching : within(clusterDomain, watching);
    });
    return { objects: changed, unfit: clusterDomain === undefined ? [] : withoutAddress(objects, clusterDomain) };
}

const addresses = ["events-addr", "storage-adv-addr"];
const serviceDomain = /(?<=\.svc\.)[^/:]+?(?=\.?([/:]|$))/;

/** Replaces the cluster domain in the flags that contain the full name of a Service. */
function within(clusterDomain: string, manager: Container): Container {
    return addresses.reduce((changed, flag) => {
        const address = argumentOf(changed, flag);
        return address === undefined || !serviceDomain.test(address)
            ? changed
            : withArgument(
                  changed,
                  flag,
                  address.replace(serviceDomain, () => clusterDomain),
              );
    }, manager);
}

/**
 * A controller that serves artifacts announces its own address. With a wrong domain in it, no artifact can be fetched.
 */
function withoutAddress(objects: Objects, clusterDomain: string) {
    return objects
        .filter(isDeployment)
        .filter(({ metadata }) => servesArtifacts.includes(metadata.name))
        .filter((deployment) => {
            const manager = managerOf(deployment);
            return !manager || !serviceDomain.test(argumentOf(manager, "storage-adv-addr") ?? "");
        })
        .map(({ metadata }) => ({
            option: "clusterDomain",
            value: clusterDomain,
            expected: `the manifest's ${metadata.name} has no --storage-adv-addr with a Service's domain, which the option would replace`,
        }));
}

const servesArtifacts = ["source-controller", "source-watcher"];
