import type { FluxOptions } from "../config/flux";
import {
    argumentOf,
    changeManagers,
    componentOf,
    type Container,
    type Customized,
    isDeployment,
    type Objects,
    withArgument,
} from "../domain/objects";

/**
 * Sets feature gates by controller, and keeps those of the manifest. Each controller documents its own, such as
 * https://fluxcd.io/flux/components/helm/options/#feature-gates
 */
export function featureGates(objects: Objects, { featureGates }: FluxOptions): Customized {
    const installed = objects.filter(isDeployment).map(componentOf);
    const changed = changeManagers(objects, (manager, component) => {
        const gates = Object.entries(featureGates).find(([name]) => name === component)?.[1] ?? {};
        return Object.keys(gates).length === 0 ? manager : withGates(manager, gates);
    });
    const unfit = Object.entries(featureGates)
        .filter(([component]) => !installed.includes(component))
        .map(([component, value]) => ({
            option: `featureGates.${component}`,
            value,
            expected: `${component} is not installed: expected one of fluxcd:flux.components, which are ${installed.join(", ")}`,
        }));
    return { objects: changed, unfit };
}

function withGates(manager: Container, gates: Readonly<Record<string, boolean>>): Container {
    const before = (argumentOf(manager, "feature-gates") ?? "")
        .split(",")
        .filter((gate) => gate !== "" && !((gate.split("=")[0] ?? "") in gates));
    const ours = Object.entries(gates).map(([name, enabled]) => `${name}=${String(enabled)}`);
    return withArgument(manager, "feature-gates", [...before, ...ours].join(","));
}
