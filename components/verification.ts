import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { keyKind, type Verify } from "../config/verification";

export interface VerificationArgs {
    /** The namespace of the GitRepository. */
    namespace: pulumi.Input<string>;
    /** The GitRepository's name. */
    repository: string;
    /** What must be signed: the commit, the tag or both. */
    mode: Verify["mode"];
    /** The public keys that a signature is good with, SSH's or PGP's. */
    keys: readonly string[];
}

/** The part of a GitRepository's spec that asks for signatures. */
export interface VerificationSpec {
    readonly verify: { readonly mode: string; readonly secretRef: { readonly name: pulumi.Output<string> } };
    readonly ignore: string;
}

/** The public keys that Flux verifies the signatures of one source with, before it takes a revision. */
export class Verification extends pulumi.ComponentResource {
    /** To be merged into the GitRepository's spec. */
    public readonly spec: VerificationSpec;

    constructor(name: string, args: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Verification", name, args, opts);
        const { namespace, repository, mode, keys } = args;

        const secret = new k8s.core.v1.Secret(
            `${name}-keys`,
            { metadata: { name: `${repository}-verification`, namespace }, data: entries(keys) },
            { parent: this },
        );
        this.spec = { verify: { mode, secretRef: { name: secret.metadata.name } }, ignore: rule(mode, keys) };
        this.registerOutputs({ spec: this.spec });
    }
}

/**
 * Flux tells the kinds apart by the suffix: https://fluxcd.io/flux/components/source/gitrepositories/#verification
 * As `data`: Kubernetes only adds what is in `stringData`, so a key that is taken away would go on counting.
 */
function entries(keys: readonly string[]): Record<string, string> {
    const suffixes = { SSH: "sshpub", PGP: "asc" };
    return Object.fromEntries(
        keys.map((key, index) => [
            `${index + 1}.${suffixes[keyKind(key) ?? "PGP"]}`,
            Buffer.from(`${key.trim()}\n`).toString("base64"),
        ]),
    );
}

/**
 * A comment where Flux takes ignore rules, which excludes nothing. Flux does not verify again what it has fetched, also not
 * when a key is taken away, except where the rules have changed.
 * https://github.com/fluxcd/source-controller/blob/v1.9.5/internal/controller/gitrepository_controller.go#L1302
 */
function rule(mode: string, keys: readonly string[]): string {
    const digest = createHash("sha256").update(JSON.stringify([mode, ...keys]));
    return `# signed, by the keys ${digest.digest("hex").slice(0, 16)}`;
}
