/** The settings of a destroy. They take effect with the update that follows their change. */
export interface Uninstall {
    /** The kubeconfig context of the cluster. */
    readonly context: string;
    /** The uid of its `kube-system`. No step runs in a cluster with another uid. */
    readonly clusterUid: string;
    /** Keep Flux's custom resource definitions, and so also all objects of Flux that the stack did not create. */
    readonly keepDefinitions: boolean;
    /** Keep the namespace and the objects in it that the stack did not create. */
    readonly keepNamespace: boolean;
    /** The time limit of a step, in seconds. */
    readonly uninstallSeconds: number;
}

export interface UninstallStepArgs extends Uninstall {
    /**
     * `look` runs first and checks that everything can be deleted. `free` runs after the controllers are deleted and
     * removes their finalizers from the remaining objects. `wait` runs after the namespace is deleted and waits until
     * it is gone. `same` only checks that this is the stack's cluster, which the other steps also do first.
     */
    readonly step: "look" | "free" | "same" | "wait";
    /** The namespace that Flux runs in. */
    readonly namespace: string;
    /** The names of the Kustomizations that the stack creates. Only `look` uses them. */
    readonly kustomizations?: readonly string[];
}
