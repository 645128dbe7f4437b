import assert from "node:assert/strict";

import fc from "fast-check";

import { startEngine } from "../support/engine";
import { action, plainUpdate } from "./drawn";
import { Person } from "./person";

/** FLUXCD_SEQUENCES draws more of them. */
const sequences = Number(process.env.FLUXCD_SEQUENCES ?? 2000);

describe("The gate and its model", () => {
    it(`agree on every update, in ${sequences} random sequences of actions by people, clusters and time`, async function () {
        this.timeout(sequences * 200);
        await startEngine("production");
        const seen = new Map<string, number>();
        await fc.assert(
            fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
                const person = new Person();
                await person.does({ does: "up of dev" });
                await person.does({ does: "update", ...plainUpdate("staging", 1) });
                await person.does({ does: "update", ...plainUpdate("production", 1) });
                for (const each of actions) {
                    await person.does(each);
                }
                person.seen.forEach((count, code) => seen.set(code, (seen.get(code) ?? 0) + count));
            }),
            { numRuns: sequences },
        );
        const rules = ["backwards", "diverged", "freeze", "leftover", "moved-tag", "never-applied", "no-evidence"];
        for (const outcome of [
            ...rules,
            "soak",
            "suspended",
            "unhealthy",
            "another cluster",
            "taken",
            "stays",
            "comes back to",
            "ran it healthily as",
        ]) {
            assert.ok((seen.get(outcome) ?? 0) > 0, `${outcome} never came: ${JSON.stringify([...seen])}`);
        }
    });
});
