import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { limitedAccountsPolicy, sourceUrlPolicy } from "./admissionPolicies";
import { type Address, sshUrl } from "./credential";

export interface AdmissionArgs {
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The prefixes of the allowed source URLs; empty to allow any. */
    sourceUrls: readonly string[];
    /** The addresses of the stack's own sources, which are always allowed. */
    addresses: readonly Address[];
}

type Spec = pulumi.Input<k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec>;

/** The policies by which the API server refuses some of Flux's objects, from any client. */
export class Admission extends pulumi.ComponentResource {
    constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        const { addresses, ...inputs } = args;
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
            const own = addresses.flatMap((it) => [pulumi.output(it.sshUrl).apply((url) => sshUrl(url)), it.httpUrl]);
            policy(
                "source-urls",
                pulumi.all(own).apply((urls) => sourceUrlPolicy(args.sourceUrls, urls)),
            );
        }
        this.registerOutputs();
    }
}
