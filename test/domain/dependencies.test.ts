import assert from "node:assert/strict";

import { inOrder } from "../../domain/dependencies";

describe("inOrder", () => {
    const of = (dependsOn: Record<string, string[]>) => inOrder(new Map(Object.entries(dependsOn)));

    it("sorts each name after its dependencies, and ignores unknown names", () => {
        const { order, cycle } = of({ a: ["c", "infrastructure"], b: ["a"], c: [] });
        assert.deepEqual(order, ["c", "a", "b"]);
        assert.deepEqual(cycle, []);
    });

    it("returns a cycle, without the names that only lead to it", () => {
        assert.deepEqual(of({ x: ["a"], a: ["b"], b: ["c"], c: ["a"] }).cycle, ["a", "b", "c", "a"]);
    });

    it("visits a shared dependency only once", () => {
        const layers = Array.from({ length: 60 }, (_, index) => index);
        const names = layers.map((layer) => [`${layer}-a`, `${layer}-b`]);
        const dependsOn = Object.fromEntries(
            names.flatMap((layer, index) => layer.map((name) => [name, names[index + 1] ?? []])),
        );
        assert.equal(of(dependsOn).order.length, 120);
    });
});
