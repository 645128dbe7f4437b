/** The lab's environments: one cluster each, and the kubeconfig context and the stack of the same name. */
export const environments = ["dev", "staging", "production"] as const;

export type Environment = (typeof environments)[number];

/** The namespace whose pods are real; kwok plays all others. stages/pods.yaml says the same. */
export const realNamespace = "flux-system";
