import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Config } from "../config";

/** The GitHub provider of a stack. The token stays in GITHUB_TOKEN, where the provider itself reads it. */
export function githubProvider({ github: args }: Pick<Config, "github">): github.Provider {
    return new github.Provider("github", args, onlyWhatIsIn(args));
}

/** The cluster of a stack: a context of the kubeconfig in KUBECONFIG or ~/.kube/config, and never the current one. */
export function kubernetesProvider({ context }: Pick<Config, "context">): k8s.Provider {
    // Fields that somebody changed by hand, and those of who made what is adopted, are the program's with the next update.
    const enforcing = { enableServerSideApply: true, enablePatchForce: true };
    // A rotated key is written into its Secret. Without this the Secret would be deleted first, under Flux's feet.
    // What an update that was killed has made, and the state has not, is taken over. Another's Flux is refused before.
    const args = { context, ...enforcing, enableSecretMutable: true, upsertExistingObjects: true };
    return new k8s.Provider("kubernetes", args, onlyWhatIsIn(args));
}

/**
 * The SDKs copy variables such as `GITHUB_TOKEN` and `PULUMI_K8S_DELETE_UNREACHABLE` into the provider's inputs, and so into
 * the state: a token in plain text, and what was meant for one command goes on in each after it, on every machine. Without
 * the input the provider reads the variable itself.
 */
function onlyWhatIsIn(args: object): pulumi.CustomResourceOptions {
    const without = (props: object) =>
        Object.fromEntries(Object.entries(props).map(([name, input]) => [name, name in args ? input : undefined]));
    return { transformations: [({ props, opts }) => ({ props: without(props), opts })] };
}
