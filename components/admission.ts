import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { limitedAccountsPolicy, sourceUrlPolicy } from "./admissionPolicies";
import type { Address } from "../checks/sources";
import { sshUrl } from "./credential";

export interface AdmissionArgs {
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** What the URLs of sources begin with; empty for any. */
    sourceUrls: readonly string[];
    /** The repositories of the stack itself, whose URLs are always allowed. */
    repositories: readonly { readonly sshUrl: pulumi.Input<string>; readonly httpUrl: pulumi.Input<string> }[];
    /** Where its further sources are, which are allowed as well. */
    addresses: Readonly<Record<string, Address>>;
}

type Spec = pulumi.Input<k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec>;

/** What the API server refuses of Flux's objects, whoever applies them. */
export class Admission extends pulumi.ComponentResource {
    constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        const { repositories, addresses, ...inputs } = args;
        super("fluxcd:flux:Admission", name, inputs, opts);
        const policy = (policyName: string, spec: Spec) => {
            const child = { parent: this };
            const metadata = { name: `fluxcd-${policyName}` };
            const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
                `${name}-${policyName}`,
                { metadata, spec },
                child,
            );
            new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
                `${name}-${policyName}-binding`,
                { metadata, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
                child,
            );
        };

        policy("limited-accounts", pulumi.output(args.namespace).apply(limitedAccountsPolicy));
        if (args.sourceUrls.length > 0) {
            const own = [...repositories, ...Object.values(addresses)].flatMap((it) => [
                pulumi.output(it.sshUrl).apply(sshUrl),
                it.httpUrl,
            ]);
            policy(
                "source-urls",
                pulumi.all(own).apply((urls) => sourceUrlPolicy(args.sourceUrls, urls)),
            );
        }
        this.registerOutputs();
    }
}
