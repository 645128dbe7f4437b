import { Cluster, type Kustomization, readKustomizations, readSources, type Source } from "../../clients/cluster";
import { type Controller as Installed, readInstalled } from "../../clients/installedFlux";
import { managerOf } from "../../domain/objects";

export interface Controller {
    readonly name: string;
    /** The tag of its image. */
    readonly version: string;
    readonly ready: boolean;
}

/** The facts about a cluster and the Flux in it. */
export interface ClusterFacts {
    readonly kubernetes: string;
    readonly controllers: readonly Controller[];
    /** The GitRepositories of Flux's namespace, by name. */
    readonly sources: ReadonlyMap<string, Source>;
    /** The Kustomizations of Flux's namespace, by name. */
    readonly kustomizations: ReadonlyMap<string, Kustomization>;
}

/** Reads a stack's cluster. Fails if it does not answer. */
export async function readCluster(context: string): Promise<ClusterFacts> {
    const [kubernetes, { controllers }, sources, kustomizations] = await Promise.all([
        new Cluster(context).version(),
        readInstalled(context),
        readSources(context),
        readKustomizations(context),
    ]);
    return {
        kubernetes,
        controllers: controllers.map(controllerOf),
        sources: byName(sources),
        kustomizations: byName(kustomizations),
    };
}

function byName<T extends Source | Kustomization>(objects: readonly T[]): Map<string, T> {
    return new Map(objects.map((object) => [object.metadata.name, object]));
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
