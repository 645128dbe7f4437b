import * as pulumi from "@pulumi/pulumi";

import { type Kustomization, readKustomization, readSource, type Source } from "../clients/cluster";

export interface LiveArgs {
    /** The kubeconfig context of the cluster. */
    context: string;
    /** The GitRepository's name. */
    repository: string;
    /** The Kustomization's name. */
    kustomization: string;
}

/** A GitRepository and the Kustomization that applies from it; undefined if the cluster does not have it. */
export interface Live {
    readonly source: Source | undefined;
    readonly kustomization: Kustomization | undefined;
}

/**
 * Both objects as they are in the cluster once this run has made them. A managed resource knows the status of its last
 * update only. Another resource could read the object, but the provider parses its whole schema for each such read.
 * https://github.com/pulumi/pulumi-kubernetes/blob/v4.25.0/provider/pkg/provider/provider.go
 */
export function live(
    { context, repository, kustomization }: LiveArgs,
    made: readonly pulumi.CustomResource[],
): pulumi.Output<Live> {
    return pulumi.all(made.map(({ id }) => id)).apply(async () => {
        const [source, applier] = await Promise.all([
            readSource(context, repository),
            readKustomization(context, kustomization),
        ]);
        return { source, kustomization: applier };
    });
}
