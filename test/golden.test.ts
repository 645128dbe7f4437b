import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { stacks, whatIsRegistered } from "./support/golden";

describe("What each stack registers, from the committed stack files", () => {
    for (const stack of stacks) {
        it(`${stack} is what test/golden/${stack}.json says (npm run golden writes it anew)`, async () => {
            const golden = JSON.parse(readFileSync(`test/golden/${stack}.json`, "utf8")) as unknown;
            assert.deepEqual(await whatIsRegistered(stack), golden);
        });
    }
});
