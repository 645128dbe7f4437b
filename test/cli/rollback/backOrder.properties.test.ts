import assert from "node:assert/strict";

import fc from "fast-check";

import { type Going, type InCluster, orderOf } from "../../../cli/rollback/backOrder";

const release = (version: string) => ({ tag: `prod-v${version}`, commit: `commit-of-${version}` });

/** A source that stands on a release, and whose cluster has applied it. */
function dependent(name: string, version: string, together: boolean) {
    const revision = `prod-v${version}@sha1:commit-of-${version}`;
    const cluster: InCluster = { applied: revision, attempted: revision, reason: "ReconciliationSucceeded" };
    return { name, standing: release(version), cluster, together };
}

interface Drawn {
    readonly target: string;
    readonly loses: boolean;
    readonly dependents: readonly { readonly to: string; readonly stands: string; readonly asks: boolean }[];
}

const versions = fc.constantFrom("1.2.0", "1.3.0", "1.4.0");
const drawnDependent = fc.record({ to: versions, stands: versions, asks: fc.boolean() });
const drawn: fc.Arbitrary<Drawn> = fc.record({
    target: versions,
    loses: fc.boolean(),
    dependents: fc.array(drawnDependent, { minLength: 1, maxLength: 3 }),
});

describe("The order of any rollback", () => {
    it("never removes an object that a dependent source may need, and always completes", () => {
        fc.assert(fc.property(drawn, check));
    });
});

function check({ target, loses, dependents }: Drawn): void {
    const named = dependents.map((it, at) => ({ ...it, name: `dependent-${at}` }));
    const asked = named.filter(({ asks }) => asks).map(({ name, to }) => [name, release(to)] as const);
    const going: Omit<Going, "targets" | "dependents"> = {
        ...{ stack: "production", prefix: "prod-v", base: "base" },
        lost: loses ? ["Namespace orders"] : [],
    };
    const found = orderOf({
        ...going,
        targets: { base: release(target), ...Object.fromEntries(asked) },
        dependents: named.map(({ name, stands }) => dependent(name, stands, false)),
    });
    if ("refused" in found) {
        return;
    }
    if (found.now.base !== undefined) {
        const ready = named.every(({ stands, to, asks }) => stands === (asks ? to : stands) && stands <= target);
        assert.ok(!loses || ready);
    } else {
        // The command that goes on, after the update of the others.
        const after = named.map(({ name, stands, to, asks }) => (asks ? { name, at: to } : { name, at: stands }));
        const next = orderOf({
            ...going,
            targets: found.later,
            dependents: after.map(({ name, at }) => dependent(name, at, true)),
        });
        assert.ok("now" in next && next.now.base);
    }
}
