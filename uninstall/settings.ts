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

export interface UninstallStepArgs extends Uninstall {
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
