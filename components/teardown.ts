import * as pulumi from "@pulumi/pulumi";

import { sourceNames } from "../promotion/release";
import { connect } from "./teardown/cluster";
import { free } from "./teardown/free";
import { look } from "./teardown/look";
import { waitForNamespace } from "./teardown/wait";

/** How Flux leaves a cluster, from the moment an `up` says so. */
export interface Uninstall {
    /** The kubeconfig context of the cluster. */
    readonly context: string;
    /** The uid of its `kube-system`. Another one is another cluster, and the step is taken on the old one. */
    readonly clusterUid: string;
    /** Leave Flux's custom resource definitions, and with them all objects of Flux's that the stack did not make. */
    readonly keepDefinitions: boolean;
    /** Leave the namespace, and what is in it that the stack did not make. */
    readonly keepNamespace: boolean;
    /** How long a step may take, in seconds. */
    readonly uninstallSeconds: number;
}

export interface TeardownStepArgs extends Uninstall {
    /**
     * `look`: before anything else goes, whether all of it can. `free`: after the controllers, take their finalizers off
     * what is left of their objects. `wait`: after the namespace, until it is gone.
     */
    readonly step: "look" | "free" | "wait";
    /** The namespace Flux runs in. */
    readonly namespace: string;
    /** The names of the Kustomizations that the stack makes; infrastructure and apps unless it is said. */
    readonly kustomizations?: readonly string[];
}

/**
 * A step of `pulumi destroy` that no Kubernetes object stands for: it does nothing until it is deleted. Its place in the
 * order of the teardown is its place in the order of creation, the other way round. A plain `destroy` runs no program and
 * so no hook; this is what it can be explained with. Nothing but names and settings is in its state.
 */
export class TeardownStep extends pulumi.dynamic.Resource {
    constructor(name: string, args: TeardownStepArgs, opts?: pulumi.CustomResourceOptions) {
        super(provider, name, { kustomizations: sourceNames, ...args }, opts, "flux", "TeardownStep");
    }
}

interface State extends TeardownStepArgs {
    readonly kustomizations: readonly string[];
    readonly __provider?: string;
}

const provider: pulumi.dynamic.ResourceProvider<State, State> = {
    create(inputs) {
        return Promise.resolve({ id: `${inputs.clusterUid}/${inputs.step}`, outs: inputs });
    },
    // The code is part of the state: an update of the program brings its own, before a destroy needs it.
    diff(_id, olds, news) {
        const differ = (name: string) =>
            JSON.stringify(olds[name as keyof State]) !== JSON.stringify(news[name as keyof State]);
        const replaces = differ("clusterUid") ? ["clusterUid"] : [];
        return Promise.resolve({ changes: Object.keys(news).some(differ), replaces });
    },
    update(_id, _olds, news) {
        return Promise.resolve({ outs: news });
    },
    async delete(_id, state) {
        try {
            const cluster = await connect(state.context, state.uninstallSeconds);
            if (cluster) {
                await { look, free, wait: () => waitForNamespace(cluster, state.namespace) }[state.step](
                    cluster,
                    state,
                );
            }
        } catch (error) {
            // Pulumi prints what a deletion throws a second time, and with its stack.
            throw Object.assign(error as Error, {
                toString: () => `The teardown stops at ${state.step}`,
                stack: "see its error",
            });
        }
    },
};
