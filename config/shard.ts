import type { Problem } from "../domain/problem";

interface Sharded {
    readonly shard?: string | undefined;
}

interface Keys {
    readonly flux: { readonly shards: readonly string[] };
    readonly infrastructure: Sharded;
    readonly apps: Sharded;
    readonly sources: Readonly<Record<string, Sharded>>;
    readonly kustomizations: Readonly<Record<string, Sharded>>;
}

/** What has a shard that no controller watches would stay as it is for ever. */
export function shardProblems({ flux, infrastructure, apps, ...further }: Keys, stack: string): Problem[] {
    const sharded = [
        ...Object.entries({ infrastructure, apps }),
        ...Object.entries(further.sources).map(([name, it]) => [`sources.${name}`, it] as const),
        ...Object.entries(further.kustomizations).map(([name, it]) => [`kustomizations.${name}`, it] as const),
    ];
    return sharded.flatMap(([name, { shard }]) => {
        if (shard === undefined || flux.shards.includes(shard)) {
            return [];
        }
        const known = flux.shards.length > 0 ? `, which are ${flux.shards.join(", ")}` : ", and there are none";
        return [
            {
                key: `fluxcd:${name}.shard`,
                value: shard,
                expected: `expected one of fluxcd:flux.shards${known}`,
                fix: `pulumi config rm --stack ${stack} --path 'fluxcd:${name}.shard'`,
            },
        ];
    });
}
