import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Config } from "../config";
import { keepHandWork } from "./keepHandWork";

/** The options of resources on GitHub, in the cluster, and of components that have resources in both. */
export function providers(config: Config) {
    const [github, kubernetes] = [githubProvider(config), kubernetesProvider(config)];
    const transformations = [keepHandWork(config.context, config.flux.existing)];
    return {
        onGitHub: { provider: github },
        inCluster: { provider: kubernetes, transformations },
        onBoth: { providers: [github, kubernetes], transformations },
    };
}

/** The GitHub provider of a stack. The provider itself reads the token from GITHUB_TOKEN. */
export function githubProvider({ github: args }: Pick<Config, "github">): github.Provider {
    return new github.Provider("github", args, onlyWhatIsIn(args));
}

/**
 * The Kubernetes provider of a stack. It uses a named context of the kubeconfig in KUBECONFIG or ~/.kube/config, never
 * the current one.
 */
export function kubernetesProvider({ context }: Pick<Config, "context">): k8s.Provider {
    // An update overwrites declared fields that were edited by hand, and takes over the fields of adopted objects.
    const enforcing = { enableServerSideApply: true, enablePatchForce: true };
    // A changed credential is written into its Secret. Otherwise Pulumi would delete the Secret first, while Flux uses
    // it. Objects that an interrupted update created but did not record are taken over. A Flux of another owner has
    // already been refused.
    const args = { context, ...enforcing, enableSecretMutable: true, upsertExistingObjects: true };
    return new k8s.Provider("kubernetes", args, onlyWhatIsIn(args));
}

/**
 * Removes inputs that the SDKs copy from environment variables, such as `GITHUB_TOKEN` and
 * `PULUMI_K8S_DELETE_UNREACHABLE`. As inputs they would be stored in the state: the token in plain text, and an option
 * for one command would apply to all later commands on every machine. Without the input, the provider reads the
 * variable itself.
 */
function onlyWhatIsIn(args: object): pulumi.CustomResourceOptions {
    const without = (props: object) =>
        Object.fromEntries(Object.entries(props).map(([name, input]) => [name, name in args ? input : undefined]));
    return { transformations: [({ props, opts }) => ({ props: without(props), opts })] };
}
