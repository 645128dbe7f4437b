import type { FluxOptions } from "../config/flux";
import { changeManagers, type Container, type Customized, type Objects, withArgument } from "../domain/objects";

interface Preset {
    readonly arguments: Readonly<Record<string, string | number>>;
    /** The resources that replace the manifest's. */
    readonly resources: Readonly<Record<"requests" | "limits", { readonly cpu: string; readonly memory: string }>>;
}

/** The presets of flux-operator, by size and controller. A controller without a preset does not change. */
const presets: Readonly<Record<NonNullable<FluxOptions["size"]>, Readonly<Record<string, Preset>>>> = {
    small: {
        "kustomize-controller": { arguments: applying(5, "10s"), resources: using("64Mi", "1000m", "512Mi") },
        "helm-controller": { arguments: applying(5, "10s"), resources: using("64Mi", "1000m", "512Mi") },
        "source-controller": { arguments: caching(10), resources: using("64Mi", "1000m", "512Mi") },
        "notification-controller": { arguments: {}, resources: using("64Mi", "1000m", "512Mi") },
        "image-reflector-controller": { arguments: {}, resources: using("64Mi", "1000m", "512Mi") },
        "image-automation-controller": { arguments: {}, resources: using("64Mi", "1000m", "512Mi") },
        "source-watcher": { arguments: {}, resources: using("64Mi", "1000m", "512Mi") },
    },
    medium: {
        "kustomize-controller": { arguments: applying(10, "5s"), resources: using("128Mi", "2000m", "1Gi") },
        "helm-controller": { arguments: applying(10, "5s"), resources: using("128Mi", "2000m", "1Gi") },
        "source-controller": {
            arguments: { ...caching(50), concurrent: 5 },
            resources: using("128Mi", "2000m", "1Gi"),
        },
    },
    large: {
        "kustomize-controller": { arguments: applying(20, "5s"), resources: using("256Mi", "3000m", "3Gi") },
        "helm-controller": { arguments: applying(20, "5s"), resources: using("256Mi", "3000m", "3Gi") },
        "source-controller": {
            arguments: { ...caching(100), concurrent: 10 },
            resources: using("256Mi", "2000m", "2Gi"),
        },
    },
};

/**
 * Sets the controllers' concurrency, their retry interval for dependencies, and their resources.
 * https://fluxoperator.dev/docs/crd/fluxinstance/#cluster-size
 */
export function size(objects: Objects, { size }: FluxOptions): Customized {
    if (size === undefined) {
        return { objects, unfit: [] };
    }
    const changed = changeManagers(objects, (manager, component) => {
        const preset = presets[size][component];
        return preset ? sized(manager, preset) : manager;
    });
    return { objects: changed, unfit: [] };
}

function sized(manager: Container, preset: Preset): Container {
    const container = { ...manager, resources: preset.resources };
    return Object.entries(preset.arguments).reduce<Container>(
        (so, [flag, value]) => withArgument(so, flag, value),
        container,
    );
}

function applying(concurrent: number, requeueDependency: string): Preset["arguments"] {
    return { concurrent, "requeue-dependency": requeueDependency };
}

/** Caches the indexes of Helm repositories in memory. */
function caching(indexes: number): Preset["arguments"] {
    return { "helm-cache-max-size": indexes, "helm-cache-ttl": "720m", "helm-cache-purge-interval": "60m" };
}

function using(memory: string, cpuLimit: string, memoryLimit: string): Preset["resources"] {
    return { requests: { cpu: "100m", memory }, limits: { cpu: cpuLimit, memory: memoryLimit } };
}
