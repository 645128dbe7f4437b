import type { Problem } from "../refusal";

interface Keys {
    readonly flux: { readonly shards: readonly string[] };
    readonly infrastructure: { readonly shard?: string | undefined };
    readonly apps: { readonly shard?: string | undefined };
}

/** A source whose shard no controller watches would stay as it is for ever. */
export function shardProblems({ flux, ...sources }: Keys, stack: string): Problem[] {
    return (["infrastructure", "apps"] as const).flatMap((name) => {
        const { shard } = sources[name];
        if (shard === undefined || flux.shards.includes(shard)) {
            return [];
        }
        const known = flux.shards.length > 0 ? `, which are ${flux.shards.join(", ")}` : ", and there are none";
        return [
            {
                key: `fluxcd:${name}.shard`,
                value: shard,
                expected: `expected one of fluxcd:flux.shards${known}`,
                mend: `pulumi config rm --stack ${stack} --path 'fluxcd:${name}.shard'`,
            },
        ];
    });
}
