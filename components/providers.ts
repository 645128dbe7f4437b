import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Config } from "../config";

/** The GitHub provider of a stack. The token stays in GITHUB_TOKEN, where the provider itself reads it. */
export function githubProvider({ github: { owner, ...pacing } }: Config): github.Provider {
    return new github.Provider("github", { owner, ...pacing }, leftToTheEnvironment("token"));
}

/** The cluster of a stack: a context of the kubeconfig in KUBECONFIG or ~/.kube/config, and never the current one. */
export function kubernetesProvider({ context }: Config): k8s.Provider {
    // Fields that somebody changed by hand, and those of who made what is adopted, are the program's with the next update.
    const enforcing = { enableServerSideApply: true, enablePatchForce: true };
    // A rotated key is written into its Secret. Without this the Secret would be deleted first, under Flux's feet.
    // What an update that was killed has made, and the state has not, is taken over. Another's Flux is refused before.
    const args = { context, ...enforcing, enableSecretMutable: true, upsertExistingObjects: true };
    return new k8s.Provider("kubernetes", args, leftToTheEnvironment("kubeconfig"));
}

/**
 * The SDKs copy these variables into the provider's inputs, where a token would stand in plain state and every other
 * machine or token would be a change. Without the input the provider reads the variable itself.
 */
function leftToTheEnvironment(input: string): pulumi.CustomResourceOptions {
    return { transformations: [({ props, opts }) => ({ props: { ...(props as object), [input]: undefined }, opts })] };
}
