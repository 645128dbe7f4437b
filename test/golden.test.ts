import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { goldenOf, stacks } from "./support/golden";

describe("The resources of each committed stack file", () => {
    for (const stack of stacks) {
        it(`of ${stack} are those in test/golden/${stack}.json; npm run golden writes it again`, async () => {
            const golden = JSON.parse(readFileSync(`test/golden/${stack}.json`, "utf8")) as unknown;
            assert.deepEqual(await goldenOf(stack), golden);
        });
    }
});
