import assert from "node:assert/strict";

import { appliedRevision } from "../../components/revision";
import { seconds } from "../../domain/duration";

describe("appliedRevision", () => {
    it("matches the exact commit if the ref has one", () => {
        assert.match(appliedRevision({ tag: "prod-v1.2.3", commit: "abc" }), /'prod-v1\[\.\]2\[\.\]3@sha1:abc'/);
    });

    it("contains neither = nor }, because pulumi-kubernetes would stop parsing there", () => {
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
        it(`converts ${duration} to ${expected}`, () => {
            assert.equal(seconds(duration), expected);
        });
    }
});
