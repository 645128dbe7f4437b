import { z } from "zod";

import { duration } from "../domain/duration";
import { verifySchema } from "./verification";

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution */
const variables = z.record(
    z.string().regex(/^[_A-Za-z][_A-Za-z0-9]*$/),
    z.string('expected text: in quotes where it looks like a number or a boolean, as in "3"'),
    {
        error: ({ code }) =>
            code === "invalid_key" ? "expected the name of a variable, such as CLUSTER_NAME" : undefined,
    },
);

/** How Flux fetches. The rules for `verify` are in verification.ts, for `shard` in shard.ts. */
export const fetching = {
    verify: verifySchema.optional(),
    shard: z.string().optional(),
    suspend: z.boolean().optional(),
};

/** How Flux applies. The rules for `shard` are in shard.ts, for `decryption` in decryption.ts. */
export const applying = {
    interval: duration.optional(),
    retryInterval: duration.default("1m"),
    timeout: duration.default("5m"),
    prune: z.boolean().default(true),
    wait: z.boolean().default(true),
    suspend: z.boolean().optional(),
    serviceAccountName: z.string().optional(),
    substitute: variables.optional(),
    shard: z.string().optional(),
    decryption: z.enum(["age", "kms"]).optional(),
    deletionPolicy: z.enum(["Orphan", "MirrorPrune", "Delete", "WaitForTermination"]).default("Orphan"),
};
