import type { Config } from "../../config/parse";
import { managerOf } from "../../domain/objects";
import { type Controller as Installed, readInstalled } from "../../clients/installedFlux";
import {
    Cluster,
    type Kustomization,
    readKustomization,
    readKustomizations,
    readSource,
    readSources,
    type Source,
} from "../../clients/cluster";
import { type SourceName, sourceNames } from "../../domain/release";

export interface Controller {
    readonly name: string;
    /** The tag of its image. */
    readonly version: string;
    readonly ready: boolean;
}

/** What a cluster says of itself and of Flux. */
export interface ClusterFacts {
    readonly kubernetes: string;
    readonly controllers: readonly Controller[];
    readonly sources: Readonly<Record<SourceName, SourceFacts>>;
    /** What there is of Flux's namespace where the stack has more than the two; empty where it has not. */
    readonly further: {
        readonly gitRepositories: readonly Source[];
        readonly kustomizations: readonly Kustomization[];
    };
}

export interface SourceFacts {
    readonly gitRepository: Source | undefined;
    readonly kustomization: Kustomization | undefined;
}

/** Asks a stack's cluster. Fails when it does not answer. */
export async function readCluster(config: Config): Promise<ClusterFacts> {
    const { context } = config;
    const factsOf = async (name: SourceName): Promise<SourceFacts> => {
        const [gitRepository, kustomization] = await Promise.all([
            readSource(context, config[name].repository),
            readKustomization(context, name),
        ]);
        return { gitRepository, kustomization };
    };
    const { sources, kustomizations } = config.further;
    const [kubernetes, { controllers }, furtherSources, furtherKustomizations, infrastructure, apps] =
        await Promise.all([
            new Cluster(context).version(),
            readInstalled(context),
            Object.keys(sources).length > 0 ? readSources(context) : [],
            Object.keys(kustomizations).length > 0 ? readKustomizations(context) : [],
            ...sourceNames.map(factsOf),
        ]);
    const nothing = { gitRepository: undefined, kustomization: undefined };
    return {
        kubernetes,
        controllers: controllers.map(controllerOf),
        sources: { infrastructure: infrastructure ?? nothing, apps: apps ?? nothing },
        further: { gitRepositories: furtherSources, kustomizations: furtherKustomizations },
    };
}

function controllerOf(deployment: Installed): Controller {
    const image = managerOf(deployment)?.image ?? "";
    const { replicas: wanted = 1 } = deployment.spec as { replicas?: number };
    const { availableReplicas = 0, updatedReplicas = 0 } = (deployment.status ?? {}) as Replicas;
    return {
        name: deployment.metadata.name,
        version: image.slice(image.lastIndexOf(":") + 1),
        ready: availableReplicas >= wanted && updatedReplicas >= wanted,
    };
}

interface Replicas {
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
}
