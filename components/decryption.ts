import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface DecryptionKeysArgs {
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The name of the Kustomization. */
    kustomization: string;
    /** The age identities, one per line, as a secret. */
    ageKeys: pulumi.Output<string>;
}

/**
 * The age identities with which a Kustomization decrypts SOPS files.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
 */
export class DecryptionKeys extends pulumi.ComponentResource {
    /** The name of the Secret with the identities. */
    public readonly secret: pulumi.Output<string>;

    constructor(name: string, args: DecryptionKeysArgs, opts?: pulumi.ComponentResourceOptions) {
        const { ageKeys, ...shown } = args;
        super("fluxcd:flux:DecryptionKeys", name, shown, opts);
        const { namespace, kustomization } = args;

        const secret = new k8s.core.v1.Secret(
            `${name}-keys`,
            {
                metadata: { name: pulumi.interpolate`${kustomization}-decryption-${digest(ageKeys)}`, namespace },
                stringData: { "keys.agekey": ageKeys },
            },
            { parent: this },
        );
        this.secret = secret.metadata.name;
        this.registerOutputs({ secret: this.secret });
    }
}

/**
 * Part of the Secret's name, so that new identities change the Kustomization's spec. Flux then uses them immediately,
 * and an update waits until it has decrypted with them. The identities are random, so the digest reveals nothing about
 * them.
 */
function digest(ageKeys: pulumi.Output<string>): pulumi.Output<string> {
    return pulumi.unsecret(ageKeys.apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 10)));
}
