import type { Config } from "../config";
import type { OverlayObject } from "./overlay";

const namespace = "flux-system";

/** Whether an object is a part of Flux's installation, or an object that this stack makes in Flux's namespace. */
export function fluxsOwn({ flux, sources, kustomizations }: Config, object: OverlayObject): boolean {
    const [group = ""] = object.apiVersion.split("/");
    const { kind, name } = object;
    if (kind === "Namespace") {
        return name === namespace;
    }
    if (kind === "CustomResourceDefinition") {
        return name.endsWith(".toolkit.fluxcd.io");
    }
    if (object.namespace !== namespace) {
        return false;
    }
    switch (kind) {
        case "Deployment":
            return flux.components.some((component) => component === name);
        // `flux bootstrap` names its own source and Kustomization after the namespace.
        case "GitRepository":
            return group === "source.toolkit.fluxcd.io" && (name === namespace || Object.hasOwn(sources, name));
        case "Kustomization":
            return (
                group === "kustomize.toolkit.fluxcd.io" && (name === namespace || Object.hasOwn(kustomizations, name))
            );
        default:
            return false;
    }
}
