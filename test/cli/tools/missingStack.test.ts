import assert from "node:assert/strict";

import { missingStackFix } from "../../../cli/tools/missingStack";

describe("The fix for a stack that pulumi does not find", () => {
    for (const [title, stack, known, expected] of [
        [
            "creates it only after a question",
            "dev",
            [],
            /^pulumi stack init dev --no-select .*pulumi org set-default </,
        ],
        [
            "names the other organization",
            "dev",
            ["acme/dev", "acme/staging"],
            /^pulumi org set-default acme .*acme\/dev/,
        ],
        [
            "names each of them",
            "dev",
            ["acme/dev", "beta/dev"],
            /^pulumi org set-default acme .*acme\/dev or beta\/dev/,
        ],
        ["creates a full name as it is", "acme/dev", [], /^pulumi stack init acme\/dev --no-select/],
        ["creates a full name as it is", "acme/fluxcd/dev", ["x"], /^pulumi stack init acme\/fluxcd\/dev --no-select/],
        ["names the stack of the default one", "acme/dev", ["dev"], /^give the name of an existing stack: dev /],
        ["ignores another stack", "dev", ["staging"], /^pulumi stack init dev --no-select/],
        ["knows names with dots", "eu.dev-1", ["acme/eu.dev-1"], /^pulumi org set-default acme/],
    ] as const) {
        it(`${title}: ${stack}, with ${known.join(" and ") || "no stack"}`, () => {
            const fix = missingStackFix(stack, known);
            assert.match(fix, expected);
            // A second stack of the same name would be in the wrong place.
            assert.equal(known.some((name) => name.endsWith(`/${stack}`)) && fix.includes("stack init"), false);
        });
    }
});
