import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { DecryptionMode } from "../config/decryption";

export interface DecryptionArgs {
    /** The namespace of the Kustomization. */
    namespace: pulumi.Input<string>;
    /** What the name of the Secret begins with. */
    prefix: string;
    /** Who decrypts: age identities, or the account of kustomize-controller with a cloud's KMS. */
    mode: DecryptionMode;
    /** The age identities, one a line, for the mode `age`. A secret. */
    ageKeys: pulumi.Output<string>;
}

/** The part of a Kustomization's spec that asks for decryption. */
export interface DecryptionSpec {
    readonly decryption: {
        readonly provider: "sops";
        readonly secretRef?: { readonly name: pulumi.Output<string> };
    };
}

/**
 * What Flux decrypts the files of one source with that SOPS has encrypted.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
 */
export class Decryption extends pulumi.ComponentResource {
    /** To be merged into the Kustomization's spec. */
    public readonly spec: DecryptionSpec;

    constructor(name: string, args: DecryptionArgs, opts?: pulumi.ComponentResourceOptions) {
        const { ageKeys, ...shown } = args;
        super("fluxcd:flux:Decryption", name, shown, opts);
        const { namespace, prefix, mode } = args;

        if (mode === "age") {
            const secret = new k8s.core.v1.Secret(
                `${name}-keys`,
                {
                    metadata: { name: pulumi.interpolate`${prefix}-decryption-${digest(ageKeys)}`, namespace },
                    stringData: { "keys.agekey": ageKeys },
                },
                { parent: this },
            );
            this.spec = { decryption: { provider: "sops", secretRef: { name: secret.metadata.name } } };
        } else {
            this.spec = { decryption: { provider: "sops" } };
        }
        this.registerOutputs({});
    }
}

/**
 * Other identities are another Secret, and so another spec of the Kustomization: Flux takes them at once, and an update waits
 * until it has decrypted with them. The identities are random, so a digest tells nothing of them.
 */
function digest(ageKeys: pulumi.Output<string>): pulumi.Output<string> {
    return pulumi.unsecret(ageKeys.apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 10)));
}
