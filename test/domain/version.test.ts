import assert from "node:assert/strict";

import fc from "fast-check";

import { compareVersions, nextVersion, versionOf } from "../../domain/version";

const number = fc.oneof(fc.nat(30), fc.nat(1_000_000));
const version = fc.tuple(number, number, number).map((numbers) => numbers.join("."));
const bump = fc.constantFrom("major" as const, "minor" as const, "patch" as const);
const prefixes = ["prod-v", "prod-v2-v", "prod-", "prod-vv", "staging-v", "v", ""];
const prefix = fc.constantFrom(...prefixes);

describe("The version of a tag", () => {
    it("is the text after the prefix", () => {
        fc.assert(
            fc.property(prefix, version, (prefix, version) => {
                assert.equal(versionOf(prefix + version, prefix), version);
            }),
        );
    });

    it("is found with only one prefix, even if several prefixes begin alike", () => {
        fc.assert(
            fc.property(prefix, version, (prefix, version) => {
                const found = prefixes.filter((other) => versionOf(prefix + version, other) !== undefined);
                assert.deepEqual(found, [prefix]);
            }),
        );
    });

    for (const rest of [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "v1.2.3",
        "=1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "1.2.3\n",
        "1.2.3-rc.1",
        "1.2.3+build",
        "1.2.x",
        "-1.2.3",
        "1.2.9007199254740992",
        "١.٢.٣",
    ]) {
        it(`cannot be ${JSON.stringify(rest)}`, () => {
            assert.equal(versionOf(`prod-v${rest}`, "prod-v"), undefined);
        });
    }

    it("is not found in a tag of another environment", () => {
        assert.equal(versionOf("staging-v1.2.3", "prod-v"), undefined);
    });
});

describe("The order of versions", () => {
    it("is by number, not by letter", () => {
        const sorted = ["1.2.30", "1.2.3", "1.10.0", "1.2.4", "2.0.0", "1.9.9"].sort(compareVersions);
        assert.deepEqual(sorted, ["1.2.3", "1.2.4", "1.2.30", "1.9.9", "1.10.0", "2.0.0"]);
    });

    it("is total", () => {
        fc.assert(
            fc.property(version, version, version, (a, b, c) => {
                assert.equal(Math.sign(compareVersions(a, b)), 0 - Math.sign(compareVersions(b, a)));
                assert.equal(compareVersions(a, b) === 0, a === b);
                const [low, middle, high] = [a, b, c].sort(compareVersions) as [string, string, string];
                assert.ok(compareVersions(low, middle) <= 0 && compareVersions(middle, high) <= 0);
                assert.ok(compareVersions(low, high) <= 0);
            }),
        );
    });

    it("compares the numbers from left to right", () => {
        fc.assert(
            fc.property(fc.tuple(number, number, number), fc.tuple(number, number, number), (a, b) => {
                const [left, right] = [a, b].map((numbers) =>
                    numbers.reduce((sum, number) => sum * 10_000_000n + BigInt(number), 0n),
                ) as [bigint, bigint];
                assert.equal(compareVersions(a.join("."), b.join(".")) < 0, left < right);
            }),
        );
    });

    it("throws a TypeError for text that is not a version", () => {
        assert.throws(() => compareVersions("1.2", "1.2.3"), TypeError);
    });
});

describe("The next version", () => {
    it("is a valid version, and higher than every existing version", () => {
        fc.assert(
            fc.property(fc.array(version, { minLength: 1 }), bump, (versions, bump) => {
                const next = nextVersion(versions, bump);
                assert.equal(versionOf(next, ""), next);
                assert.ok(versions.every((version) => compareVersions(next, version) > 0));
            }),
        );
    });

    it("follows the highest version in any order, and does not change the list", () => {
        const versions = Object.freeze(["1.2.3", "1.2.30", "1.2.4"]) as string[];
        assert.equal(nextVersion(versions, "patch"), "1.2.31");
        assert.equal(nextVersion(versions, "minor"), "1.3.0");
        assert.equal(nextVersion(versions, "major"), "2.0.0");
    });

    it("is 1.0.0 if no version exists", () => {
        fc.assert(
            fc.property(bump, (bump) => {
                assert.equal(nextVersion([], bump), "1.0.0");
            }),
        );
    });

    it("throws a TypeError if the list contains text that is not a version", () => {
        assert.throws(() => nextVersion(["1.2.3", "latest"], "patch"), TypeError);
    });
});
