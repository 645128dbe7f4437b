import * as pulumi from "@pulumi/pulumi";

import { sourceNames } from "../promotion/release";
import { DynamicResource } from "./dynamic";

/** How Flux leaves a cluster, from the moment an `up` says so. */
export interface Uninstall {
    /** The kubeconfig context of the cluster. */
    readonly context: string;
    /** The uid of its `kube-system`. Another one is another cluster, and there no step is taken. */
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
     * what is left of their objects. `wait`: after the namespace, until it is gone. `same`: nothing but what each of them
     * begins with, that this is the stack's cluster.
     */
    readonly step: "look" | "free" | "same" | "wait";
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
export class TeardownStep extends DynamicResource {
    constructor(name: string, args: TeardownStepArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { kustomizations: sourceNames, stack: pulumi.getStack(), ...args };
        super(name, { provider: "components/teardown/provider.cjs", type: "flux:TeardownStep", inputs }, opts);
    }
}
