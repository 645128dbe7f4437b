import { createPrivateKey, createPublicKey } from "node:crypto";

import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

import { resumeOnGitHub } from "./githubErrors";
import { drawnSecret, seedOf } from "./drawnSecret";

export interface DeployKeyArgs {
    /** The repository the key opens, and no other. */
    repository: pulumi.Input<string>;
    /** The key's name on GitHub. */
    title: pulumi.Input<string>;
    /** Another number gives another key. */
    generation: pulumi.Input<number>;
    /** Whether it may push too. Reads only, unless it is said. */
    access?: "read" | "write";
}

/**
 * An Ed25519 deploy key. Another one is made before the old one goes, at the very end of the update. The private key comes
 * from a drawn secret, so it lives in Pulumi's state alone, encrypted like everything derived from it.
 */
export class DeployKey extends pulumi.ComponentResource {
    /** PKCS #8 PEM, a secret. */
    public readonly privateKey: pulumi.Output<string>;
    /** As in `authorized_keys`, a secret because it is derived from one. */
    public readonly publicKey: pulumi.Output<string>;

    constructor(name: string, args: DeployKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:github:DeployKey", name, args, opts);
        const { repository, title, generation, access = "read" } = args;

        const drawn = drawnSecret(`${name}-seed`, generation, { parent: this });
        const pair = drawn.apply((secret) => keyPair(seedOf(secret)));
        this.publicKey = pair.publicKey;

        const registered = new github.RepositoryDeployKey(
            `${name}-key`,
            { repository, title, key: pair.publicKey, readOnly: access === "read" },
            // The provider would delete the old key first, and Flux would read nothing until it has the new one.
            { parent: this, deleteBeforeReplace: false, hooks: { onError: [resumeOnGitHub()] } },
        );
        // Nobody is handed a key that GitHub does not know yet.
        this.privateKey = pulumi.all([pair.privateKey, registered.id]).apply(([key]) => key);
        this.registerOutputs({});
    }
}

// PKCS #8 of an Ed25519 key is this header and the seed: https://www.rfc-editor.org/rfc/rfc8410#section-7
const pkcs8Header = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key pair of a 32-byte seed, as PKCS #8 PEM and as an OpenSSH public key without a comment, as GitHub stores it. */
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
