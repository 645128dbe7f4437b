import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { keyKind, type Verify } from "../config/verification";

export interface VerificationArgs {
    /** The namespace of the GitRepository. */
    namespace: pulumi.Input<string>;
    /** The name of the GitRepository. */
    source: string;
    /** The objects that must be signed: the commit, the tag or both. */
    mode: Verify["mode"];
    /** The SSH or PGP public keys of the allowed signers. */
    keys: readonly string[];
}

/** The public keys with which Flux verifies the signatures of a source before it accepts a revision. */
export class Verification extends pulumi.ComponentResource {
    /** The name of the Secret with the keys. */
    public readonly secret: pulumi.Output<string>;
    /** The ignore rules that make Flux verify again. */
    public readonly ignore: string;

    constructor(name: string, args: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Verification", name, args, opts);
        const { namespace, source, mode, keys } = args;

        const secret = new k8s.core.v1.Secret(
            `${name}-keys`,
            { metadata: { name: `${source}-verification`, namespace }, data: entries(keys) },
            { parent: this },
        );
        this.secret = secret.metadata.name;
        this.ignore = rule(mode, keys);
        this.registerOutputs({ secret: this.secret });
    }
}

/**
 * Flux recognizes the kind of a key by its suffix:
 * https://fluxcd.io/flux/components/source/gitrepositories/#verification
 * Uses `data`, because Kubernetes only merges `stringData`: a removed key would stay valid.
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
 * A comment in Flux's ignore rules, which ignores no file. Flux does not verify a fetched revision again, even if a key
 * is removed, unless the ignore rules change.
 * https://github.com/fluxcd/source-controller/blob/v1.9.5/internal/controller/gitrepository_controller.go#L1302
 */
function rule(mode: string, keys: readonly string[]): string {
    const digest = createHash("sha256").update(JSON.stringify([mode, ...keys]));
    return `# signed, by the keys ${digest.digest("hex").slice(0, 16)}`;
}
