import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { PolicyRule } from "../config/access";

export interface AccountArgs {
    /** The name of the account and of its role. */
    account: string;
    /** The namespace of the account and of its Kustomization. */
    namespace: pulumi.Input<string>;
    /** The account's rights, in the complete cluster. */
    rules: readonly PolicyRule[];
}

/**
 * An account that Flux applies as, with the rights of its rules only. It cannot grant rights that it does not have:
 * Kubernetes refuses it a role with more than its own rules, unless they have the verbs `escalate` or `bind`.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export class Account extends pulumi.ComponentResource {
    public readonly name: pulumi.Output<string>;

    constructor(name: string, args: AccountArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Account", name, args, opts);
        const child = { parent: this };
        const { account, namespace, rules } = args;

        // Flux impersonates the account, so no pod needs its token.
        const serviceAccount = new k8s.core.v1.ServiceAccount(
            `${name}-service-account`,
            { metadata: { name: account, namespace }, automountServiceAccountToken: false },
            child,
        );
        const role = new k8s.rbac.v1.ClusterRole(
            `${name}-role`,
            { metadata: { name: account }, rules: [...rules] as k8s.types.input.rbac.v1.PolicyRule[] },
            child,
        );
        new k8s.rbac.v1.ClusterRoleBinding(
            `${name}-binding`,
            {
                metadata: { name: account },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", name: serviceAccount.metadata.name, namespace }],
            },
            child,
        );
        this.name = serviceAccount.metadata.name;
        this.registerOutputs({ name: this.name });
    }
}
