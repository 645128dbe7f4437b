import assert from "node:assert/strict";

import { appliedRevision } from "../../components/revision";
import { seconds } from "../../domain/duration";

describe("appliedRevision", () => {
    it("names the commit where one is pinned", () => {
        assert.match(appliedRevision({ tag: "prod-v1.2.3", commit: "abc" }), /'prod-v1\[\.\]2\[\.\]3@sha1:abc'/);
    });

    it("has neither = nor } inside, which pulumi-kubernetes would stop at", () => {
        const expression = appliedRevision({ branch: "release/1.2" })
            .replace(/^jsonpath=\{/, "")
            .replace(/\}$/, "");
        assert.doesNotMatch(expression, /[=}]/);
    });
});

describe("seconds", () => {
    for (const [duration, expected] of [
        ["30s", 30],
        ["5m", 300],
        ["1h30m", 5400],
    ] as const) {
        it(`of ${duration} is ${expected}`, () => {
            assert.equal(seconds(duration), expected);
        });
    }
});
