import { removeConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";

interface Sharded {
    readonly shard?: string | undefined;
}

interface Keys {
    readonly flux: { readonly shards: readonly string[] };
    readonly sources: Readonly<Record<string, Sharded>>;
    readonly kustomizations: Readonly<Record<string, Sharded>>;
}

/** Returns the shards that no controller watches: Flux would never reconcile their objects. */
export function shardProblems({ flux, sources, kustomizations }: Keys, stack: string): Problem[] {
    const sharded = Object.entries({ sources, kustomizations }).flatMap(([kind, entries]) =>
        Object.entries(entries).map(([name, { shard }]) => [`fluxcd:${kind}.${name}.shard`, shard] as const),
    );
    return sharded.flatMap(([key, shard]) => {
        if (shard === undefined || flux.shards.includes(shard)) {
            return [];
        }
        const known = flux.shards.length > 0 ? `, which are ${flux.shards.join(", ")}` : ", which is empty";
        const expected = `expected one of fluxcd:flux.shards${known}`;
        return [{ key, value: shard, expected, fix: removeConfig(stack, key) }];
    });
}
