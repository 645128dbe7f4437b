import { hkdfSync } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * A secret of 64 letters and digits (381 bits), drawn once for each generation. It is a `RandomPassword` because its ID
 * is "none": the ID of `RandomBytes`, `RandomId` and `RandomString` is their value, and Pulumi stores and prints IDs in
 * plain text.
 * https://github.com/pulumi/pulumi-random/blob/v4.21.1/provider/resources.go
 */
export function drawnSecret(
    name: string,
    generation: pulumi.Input<number>,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const keepers = { generation: pulumi.output(generation).apply(String) };
    const password = new random.RandomPassword(name, { length: 64, special: false, keepers }, opts);
    return pulumi.secret(password.result);
}

/** The 32-byte seed of an Ed25519 private key, derived from a drawn secret: https://www.rfc-editor.org/rfc/rfc5869 */
export function seedOf(secret: string): Buffer {
    return Buffer.from(hkdfSync("sha256", secret, "", "fluxcd deploy key", 32));
}
