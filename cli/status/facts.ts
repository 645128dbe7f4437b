import type { Config } from "../../config/parse";
import { managerOf } from "../../flux/objects";
import { type Controller as Installed, readInstalled } from "../../preflight/installed";
import { Cluster, type Kustomization, readKustomization, readSource, type Source } from "../../preflight/kubernetes";
import { type SourceName, sourceNames } from "../../promotion/release";

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
    const [kubernetes, { controllers }, infrastructure, apps] = await Promise.all([
        new Cluster(context).version(),
        readInstalled(context),
        ...sourceNames.map(factsOf),
    ]);
    const nothing = { gitRepository: undefined, kustomization: undefined };
    return {
        kubernetes,
        controllers: controllers.map(controllerOf),
        sources: { infrastructure: infrastructure ?? nothing, apps: apps ?? nothing },
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
