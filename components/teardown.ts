import * as pulumi from "@pulumi/pulumi";

import { sourceNames } from "../promotion/release";
import { connect, saidGone, type Wanted } from "./teardown/connect";
import { free } from "./teardown/free";
import { look } from "./teardown/look";
import { waitForNamespace } from "./teardown/wait";

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
export class TeardownStep extends pulumi.dynamic.Resource {
    constructor(name: string, args: TeardownStepArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            provider,
            name,
            { kustomizations: sourceNames, stack: pulumi.getStack(), ...args },
            opts,
            "flux",
            "TeardownStep",
        );
    }
}

interface State extends TeardownStepArgs {
    readonly kustomizations: readonly string[];
    readonly stack: string;
    readonly __provider?: string;
}

const provider: pulumi.dynamic.ResourceProvider<State, State> = {
    create(inputs) {
        return Promise.resolve({ id: inputs.step, outs: inputs });
    },
    // The code is part of the state: an update of the program brings its own, before a destroy needs it.
    diff(_id, olds, news) {
        const differ = (name: string) =>
            JSON.stringify(olds[name as keyof State]) !== JSON.stringify(news[name as keyof State]);
        return Promise.resolve({ changes: Object.keys(news).some(differ) });
    },
    update(_id, _olds, news) {
        return Promise.resolve({ outs: news });
    },
    // A refresh runs no program either, and reads whatever cluster the context leads to. It cannot be kept from that, but it
    // ends with an error that says how to go on. One step asks for all of them.
    async read(id, state) {
        const asks = state && (state.step === "look" || saidGone());
        if (!asks) {
            return { id, ...(state && { props: state }) };
        }
        const cluster = await told(state.step, () => connect(wanted("refresh", state, 10)));
        return cluster ? { id, props: state } : { id: "" };
    },
    async delete(_id, state) {
        await told(state.step, async () => {
            const cluster = await connect(wanted("destroy", state, state.uninstallSeconds));
            if (cluster) {
                await { look, free, same: () => undefined, wait: () => waitForNamespace(cluster, state.namespace) }[
                    state.step
                ](cluster, state);
            }
        });
    },
};

function wanted(command: Wanted["command"], { context, clusterUid, stack }: State, seconds: number): Wanted {
    return { context, clusterUid, stack, command, seconds };
}

/** Pulumi prints what a step throws a second time, and with its stack. */
async function told<T>(step: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        throw Object.assign(error as Error, { toString: () => `Stopped at ${step}`, stack: "see its error" });
    }
}
