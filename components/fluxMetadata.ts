import { createHash } from "node:crypto";

import type * as pulumi from "@pulumi/pulumi";

import { shardKey } from "../manifest/shards";

/**
 * The provider waits this long for a new object, in seconds, before the program looks at what Flux says. Most objects are
 * ready by then.
 */
export const firstWaitSeconds = 15;

/**
 * The option for an object that an update waits for. The changes of an object and its deletion have the whole timeout of
 * its metadata: after a retried update, Pulumi 3.276 still keeps the error of the first try in the state.
 * https://github.com/pulumi/pulumi/blob/v3.276.0/pkg/resource/deploy/step.go
 */
export const firstWait = { customTimeouts: { create: `${firstWaitSeconds}s` } } as const;

interface Awaited {
    /** The namespace that Flux runs in. */
    readonly namespace: pulumi.Input<string>;
    /** The time limit of a change or a deletion, in seconds. */
    readonly timeoutSeconds: number;
    /** The shard of the controllers that reconcile it; undefined for the main ones. */
    readonly shard?: string | undefined;
    /** Whether Flux does not reconcile the object. */
    readonly suspended: boolean;
}

/** The objects that were suspended by hand, each as `Kustomization apps`. */
export type Suspended = ReadonlySet<string>;

/** Whether an object is suspended: by the stack's settings or, if they say nothing, by hand. */
export function isSuspended(object: string, suspend: boolean | undefined, byHand: Suspended): boolean {
    return suspend ?? byHand.has(object);
}

/** The metadata of one of Flux's objects that an update waits for. */
export function fluxMetadata(name: string, args: Awaited, waitFor: string | undefined) {
    const { namespace, shard, suspended } = args;
    const timeoutSeconds = String(args.timeoutSeconds);
    return {
        name,
        namespace,
        ...(shard !== undefined && { labels: { [shardKey]: shard } }),
        annotations: {
            // Flux reports no status of a suspended object, so there is nothing to wait for.
            ...(!suspended &&
                waitFor !== undefined && { "pulumi.com/waitFor": seenAlso(waitFor, [shard, timeoutSeconds]) }),
            "pulumi.com/timeoutSeconds": timeoutSeconds,
        },
    };
}

/**
 * The condition to wait for, extended so that the provider also waits until it sees this update's object. The provider
 * stores the last object that it saw in the state. It recognizes old versions by the generation, which labels and
 * annotations do not change. Without this, a missed label would stay missing, and a missed annotation would be a
 * difference in the next preview. So the annotation contains a digest, which is different for different content.
 * https://github.com/pulumi/pulumi-kubernetes/pull/3980
 */
function seenAlso(waitFor: string, rest: unknown): string {
    const word = createHash("sha256")
        .update(JSON.stringify([waitFor, rest]))
        .digest("hex")
        .slice(0, 8);
    const annotation = "@.annotations['pulumi.com/waitFor']";
    return JSON.stringify([waitFor, `jsonpath={[?${annotation} && search(${annotation}, '${word}')]}`]);
}
