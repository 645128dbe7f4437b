import assert from "node:assert/strict";

import fc from "fast-check";

import {
    type Candidate,
    type Family,
    givenVersion,
    type PerSource,
    proposeVersions,
} from "../../../cli/release/targets";
import { mapValues } from "../../../domain/records";
import { compareVersions } from "../../../domain/version";

const prefix = "staging-v";

/** A family of tags, each with the commit it is on. */
function family(tags: Readonly<Record<string, Readonly<Record<string, string>>>>): Family {
    return {
        prefix,
        versions: mapValues(tags, (ofSource) => Object.keys(ofSource)),
        commitOf: (source, tag) => Promise.resolve(tags[source]?.[tag.slice(prefix.length)]),
    };
}

function candidate(
    commit: string,
    standing?: { version: string; commit: string },
    upstreamVersion?: string,
): Candidate {
    return {
        commit,
        upstreamVersion,
        standing: standing && { tag: `${prefix}${standing.version}`, commit: standing.commit },
    };
}

const both = (version: string) => ({ infrastructure: version, apps: version });
const stands = { infrastructure: { version: "1.0.0", commit: "a" }, apps: { version: "1.0.0", commit: "b" } };
const taken = { infrastructure: { "1.0.0": "a" }, apps: { "1.0.0": "b" } };

/** What dev runs, over a stack that stands on 1.0.0 of both. */
function overTaken(infrastructure: string, apps: string): PerSource<Candidate> {
    return {
        infrastructure: candidate(infrastructure, stands.infrastructure),
        apps: candidate(apps, stands.apps),
    };
}

describe("The version that a promotion proposes", () => {
    it("is 1.0.0 if there is no release yet", async () => {
        const first = { infrastructure: candidate("a"), apps: candidate("b") };
        const none = family({ infrastructure: {}, apps: {} });
        assert.deepEqual(await proposeVersions(first, none, "minor"), both("1.0.0"));
    });

    it("is the next version after the highest tag of the infrastructure and apps repositories", async () => {
        const uneven = family({ infrastructure: { "1.0.0": "a" }, apps: { "1.0.0": "b", "1.3.0": "x" } });
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), uneven, "minor"), both("1.4.0"));
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), uneven, "patch"), both("1.3.1"));
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), uneven, "major"), both("2.0.0"));
    });

    it("is the pinned version if no source has a new commit", async () => {
        const ahead = family({ infrastructure: { "1.0.0": "a", "1.1.0": "a" }, apps: { "1.0.0": "b", "1.1.0": "b" } });
        assert.deepEqual(await proposeVersions(overTaken("a", "b"), ahead, "minor"), both("1.0.0"));
    });

    it("is the version of an interrupted promotion that created only one tag", async () => {
        const half = family({ infrastructure: { "1.0.0": "a", "1.1.0": "a" }, apps: taken.apps });
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), half, "minor"), both("1.1.0"));
    });

    it("is not a version whose tag points to another commit", async () => {
        const other = family({ infrastructure: { "1.0.0": "a", "1.1.0": "z" }, apps: taken.apps });
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), other, "minor"), both("1.2.0"));
    });

    it("is the version of the other sources if one source catches up", async () => {
        const other = family({ infrastructure: { "1.0.0": "a", "1.1.0": "z" }, apps: taken.apps });
        const apps = { apps: candidate("c", stands.apps) };
        assert.deepEqual(await proposeVersions(apps, other, "minor"), { apps: "1.1.0" });
        const third = family({ ...taken, platform: { "2.5.0": "x" } });
        assert.deepEqual(await proposeVersions(overTaken("a", "c"), third, "minor"), both("2.5.0"));
    });

    it("is the next version after the highest tag of all repositories, including a third one", async () => {
        const three = { ...overTaken("a", "c"), platform: candidate("d") };
        const ahead = family({ ...taken, platform: { "2.5.0": "x" } });
        const all = (version: string) => ({ ...both(version), platform: version });
        assert.deepEqual(await proposeVersions(three, ahead, "minor"), all("2.6.0"));
        assert.deepEqual(await proposeVersions(three, family({ ...taken, platform: {} }), "minor"), all("1.1.0"));
    });

    it("is the version of an interrupted promotion that created only some tags of three sources", async () => {
        const three = { ...overTaken("a", "c"), platform: candidate("d") };
        const some = { infrastructure: { "1.0.0": "a", "1.1.0": "a" }, apps: taken.apps };
        const all = (version: string) => ({ ...both(version), platform: version });
        assert.deepEqual(
            await proposeVersions(three, family({ ...some, platform: { "1.1.0": "d" } }), "minor"),
            all("1.1.0"),
        );
        assert.deepEqual(
            await proposeVersions(three, family({ ...some, platform: { "1.1.0": "other" } }), "minor"),
            all("1.2.0"),
        );
    });

    it("is the upstream stack's release of each source, if the upstream stack runs releases", async () => {
        const candidates = {
            infrastructure: candidate("a", stands.infrastructure, "1.0.0"),
            apps: candidate("c", stands.apps, "1.2.3"),
        };
        const expected = { infrastructure: "1.0.0", apps: "1.2.3" };
        assert.deepEqual(await proposeVersions(candidates, family(taken), "minor"), expected);
    });

    it("never has a tag on another commit, for any existing tags", async () => {
        const commits = fc.constantFrom("a", "b", "c");
        const version = fc.tuple(fc.nat(3), fc.nat(12), fc.nat(30)).map((parts) => parts.join("."));
        const tags = fc.dictionary(version, commits, { maxKeys: 6 });
        await fc.assert(
            fc.asyncProperty(tags, tags, commits, commits, async (infrastructure, apps, one, other) => {
                const known = { infrastructure, apps };
                const wanted = { infrastructure: candidate(one), apps: candidate(other) };
                const proposed = await proposeVersions(wanted, family(known), "minor");
                assert.equal(proposed.infrastructure, proposed.apps);
                for (const source of ["infrastructure", "apps"] as const) {
                    const chosen = proposed[source] ?? "";
                    const there = known[source][chosen];
                    assert.ok(there === undefined || there === wanted[source].commit);
                    assert.ok(Object.keys(known[source]).every((it) => compareVersions(it, chosen) <= 0));
                }
            }),
        );
    });
});

describe("A version argument", () => {
    for (const text of ["1.2.3", "v1.2.3", "staging-v1.2.3"]) {
        it(`can be ${text}`, () => {
            assert.equal(givenVersion(text, prefix), "1.2.3");
        });
    }
    for (const text of ["1.2", "01.2.3", "1.2.3-rc.1", "prod-v1.2.3", " 1.2.3", "latest", ""]) {
        it(`cannot be ${JSON.stringify(text)}`, () => {
            assert.equal(givenVersion(text, prefix), undefined);
        });
    }
});
