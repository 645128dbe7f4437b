import { createPrivateKey, createPublicKey } from "node:crypto";

import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

import type { Hooks } from "./hooks";
import { drawnSecret, seedOf } from "./drawnSecret";

export interface DeployKeyArgs {
    /** The repository that the key opens. */
    repository: pulumi.Input<string>;
    /** The name of the key on GitHub. */
    title: pulumi.Input<string>;
    /** A new number creates a new key. */
    generation: pulumi.Input<number>;
    /** Whether the key may also push. Default: `read`. */
    access?: "read" | "write";
    hooks: Pick<Hooks, "resumeOnGitHub">;
}

/**
 * An Ed25519 deploy key. A new key is created before the old one is deleted at the end of the update. The private key
 * is derived from a drawn secret, so it exists only in Pulumi's state, encrypted like everything derived from it.
 */
export class DeployKey extends pulumi.ComponentResource {
    /** The private key in PKCS #8 PEM, as a secret. */
    public readonly privateKey: pulumi.Output<string>;
    /** The public key in the format of `authorized_keys`. It is a secret because it is derived from one. */
    public readonly publicKey: pulumi.Output<string>;

    constructor(name: string, args: DeployKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        const { hooks, ...inputs } = args;
        super("fluxcd:github:DeployKey", name, inputs, opts);
        const { repository, title, generation, access = "read" } = args;

        const drawn = drawnSecret(`${name}-seed`, generation, { parent: this });
        const pair = drawn.apply((secret) => keyPair(seedOf(secret)));
        this.publicKey = pair.publicKey;

        const registered = new github.RepositoryDeployKey(
            `${name}-key`,
            { repository, title, key: pair.publicKey, readOnly: access === "read" },
            // By default the provider would delete the old key first, and Flux could not read until it has the new one.
            { parent: this, deleteBeforeReplace: false, hooks: { onError: [hooks.resumeOnGitHub] } },
        );
        // The key becomes available only after GitHub has registered it.
        this.privateKey = pulumi.all([pair.privateKey, registered.id]).apply(([key]) => key);
        this.registerOutputs({});
    }
}

// The PKCS #8 form of an Ed25519 key is this header and the seed: https://www.rfc-editor.org/rfc/rfc8410#section-7
const pkcs8Header = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key pair of a 32-byte seed: PKCS #8 PEM, and an OpenSSH public key without a comment, as GitHub stores it. */
export function keyPair(seed: Buffer): { privateKey: string; publicKey: string } {
    const der = Buffer.concat([pkcs8Header, seed]);
    const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const { x } = createPublicKey(privateKey).export({ format: "jwk" });
    const blob = Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.from(x ?? "", "base64url"))]);
    return {
        privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
        publicKey: `ssh-ed25519 ${blob.toString("base64")}`,
    };
}

function sshString(value: string | Buffer): Buffer {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
}
