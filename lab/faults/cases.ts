import { type Fault, faults } from "./faults.ts";
import { type Operation, operations } from "./operations.ts";
import { idOf, type Point } from "./points.ts";

/** One fault at one point of one operation. */
export interface Case {
    readonly id: string;
    readonly operation: Operation;
    readonly fault: Fault;
    readonly point: Point;
}

export interface Choice {
    readonly seed: number;
    readonly count?: number;
    readonly operation?: string;
    readonly fault?: string;
}

/** Every fault at every point where it can strike. */
export function allCases({ operation, fault }: Pick<Choice, "operation" | "fault"> = {}): Case[] {
    return operations
        .filter(({ name }) => operation === undefined || name === operation)
        .flatMap((each) =>
            faults
                .filter(({ name }) => fault === undefined || name === fault)
                .flatMap((struck) =>
                    each.points
                        .filter((point) => struck.suits(point, each))
                        .map((point) => ({
                            id: `${each.name}/${struck.name}/${idOf(point)}`,
                            operation: each,
                            fault: struck,
                            point,
                        })),
                ),
        );
}

/**
 * As many cases as are wanted, the same ones for a seed: every pair of operation and fault once before any of them a
 * second time, each at a point that the seed chooses. In the order of the operations, as each state is restored for each.
 */
export function choose({ seed, count, ...filter }: Choice): Case[] {
    const random = generator(seed);
    const pairs = new Map<string, Case[]>();
    for (const each of shuffled(allCases(filter), random)) {
        const pair = `${each.operation.name}/${each.fault.name}`;
        pairs.set(pair, [...(pairs.get(pair) ?? []), each]);
    }
    const rounds = shuffled([...pairs.values()], random);
    const most = Math.max(0, ...rounds.map(({ length }) => length));
    const ordered = Array.from({ length: most }, (_, round) =>
        rounds.flatMap((cases) => cases.slice(round, round + 1)),
    );
    return ordered.flat().slice(0, count);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last -= 1) {
        const other = Math.floor(random() * (last + 1));
        [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
function generator(seed: number): () => number {
    let state = seed | 0;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** What CI runs: what GitHub has done and the stack not heard of. All from nothing, so that no other state has to be made. */
export const short: readonly string[] = [
    "up/engine-killed/request-repository-1",
    "up/engine-killed/request-deploy-key-1",
    "up/engine-killed/request-protection-3",
    "up/engine-killed/request-webhook-1",
    "up/github-cut/request-repository-2",
    "up/github-cut/request-protection-4",
];
