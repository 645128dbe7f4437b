import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { goldenOf, stacks } from "./support/golden";

describe("The resources of a committed stack file", () => {
    for (const stack of stacks) {
        it(`equal test/golden/${stack}.json for ${stack} (npm run golden rewrites it)`, async () => {
            const golden = JSON.parse(readFileSync(`test/golden/${stack}.json`, "utf8")) as unknown;
            assert.deepEqual(await goldenOf(stack), golden);
        });
    }
});
