import fc from "fast-check";

import type { Exemption } from "./model";
import { perSource, type PerSource, type SourceName, sourceNames, type StackName } from "./simulation";

/** A stack that the gate stands before. */
export type Gated = "staging" | "production";

/** An update, as somebody asks for it. */
export interface Update {
    readonly stack: Gated;
    /** The version that each source is to take, or 0 to stay. */
    readonly versions: PerSource<number>;
    readonly exemption: Exemption | undefined;
    readonly exempted: readonly SourceName[];
    readonly pinned: boolean;
    readonly suspended: boolean;
    readonly targeted: "all" | "release left out" | "source left out";
    readonly accepts: boolean;
    readonly soaks: boolean;
    readonly promotes: boolean;
}

const source = fc.constantFrom(...sourceNames);
const gated = fc.constantFrom<Gated>("staging", "production");
const anyStack = fc.constantFrom<StackName>("dev", "staging", "production");
const version = fc.integer({ min: 1, max: 4 });
const often = <T>(value: T, other: T) => fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, fc.constant(other));
const exemption = fc.record({
    kind: fc.constantFrom("rollback", "hotfix"),
    reason: fc.constantFrom("it leaks", "it is slow"),
}) as fc.Arbitrary<Exemption>;

const update: fc.Arbitrary<Update> = fc.record({
    stack: gated,
    versions: fc.oneof(
        version.map((each) => perSource(() => each)),
        fc.record({ infrastructure: fc.integer({ min: 0, max: 4 }), apps: fc.integer({ min: 0, max: 4 }) }),
    ),
    exemption: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, exemption),
    exempted: fc.subarray([...sourceNames], { minLength: 1 }),
    pinned: often(false, true),
    suspended: often(false, true),
    targeted: fc.oneof(
        { weight: 8, arbitrary: fc.constant("all" as const) },
        fc.constantFrom("release left out", "source left out"),
    ),
    accepts: fc.boolean(),
    soaks: often(false, true),
    promotes: often(true, false),
});

/** An update to one version of both repositories, as it is most often. */
export function plainUpdate(stack: Gated, version: number): Update {
    const usual = { exemption: undefined, exempted: [], pinned: false, suspended: false, targeted: "all" } as const;
    const versions = perSource(() => version);
    return { stack, versions, ...usual, accepts: false, soaks: false, promotes: true };
}

/** What may happen. Each action is drawn as often as it is in here, times its weight. */
export const action = fc.oneof(
    { weight: 8, arbitrary: update.map((it) => ({ does: "update", ...it }) as const) },
    { weight: 2, arbitrary: update.map((it) => ({ does: "plan", ...it }) as const) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("carry out" as const) }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant("push" as const), source, aside: fc.boolean() }) },
    {
        weight: 8,
        arbitrary: fc.record({
            does: fc.constant("tag" as const),
            stack: gated,
            version,
            back: fc.integer({ min: -3, max: 5 }),
            annotated: often(true, false),
            moves: often(false, true),
            sources: fc.oneof(
                { weight: 3, arbitrary: fc.constant(sourceNames) },
                source.map((it) => [it]),
            ),
        }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("delete" as const), stack: gated, version, source }) },
    {
        weight: 4,
        arbitrary: fc.record({ does: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 8 }) }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("freeze" as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("sicken", "cut off", "stop"), stack: anyStack }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("destroy" as const), stack: gated }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("rebuild" as const), stack: gated }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("up of dev" as const) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant("move on" as const) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant("release aside" as const), stack: gated, source }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant("destroy and come back" as const), stack: gated }) },
);

export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
