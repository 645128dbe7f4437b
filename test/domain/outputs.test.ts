import assert from "node:assert/strict";

import { recordedStandings } from "../../domain/outputs";
import { standingSchema } from "../../domain/release";
import { outputsOf } from "../promotion/outputs";

const commit = "1".repeat(40);
const here = { context: "production", uid: "uid-of-the-cluster" };
const hotfix = { kind: "hotfix", reason: "CVE-2026-1234" } as const;

describe("The releases in a stack's outputs", () => {
    const repository = "https://github.com/misua/fluxcd-apps";
    const recorded = (sources: Record<string, object>) =>
        recordedStandings({
            ...outputsOf(here, {}),
            sources: Object.fromEntries(Object.entries(sources).map(([name, it]) => [name, { repository, ...it }])),
        });

    it("have the branch or tag of each source, with the commit and the exemption", () => {
        const found = recorded({
            infrastructure: { branch: "main", fetched: `main@sha1:${commit}` },
            apps: { tag: "prod-v1.0.0", commit },
            platform: { tag: "prod-v2.0.0", commit, exemption: hotfix },
        });
        assert.deepEqual(found, {
            cluster: "uid-of-the-cluster",
            sources: {
                infrastructure: { branch: "main" },
                apps: { tag: "prod-v1.0.0", commit },
                platform: { tag: "prod-v2.0.0", commit, exemption: hotfix },
            },
        });
    });

    it("do not include a source that is not promoted", () => {
        const found = recorded({ podinfo: { tag: "6.11.0" }, range: { semver: ">=1.0.0" }, pinned: { commit } });
        assert.deepEqual(found, { cluster: "uid-of-the-cluster", sources: {} });
    });

    for (const [title, outputs] of [
        ["no outputs", undefined],
        ["outputs of a stack that was never updated", {}],
        ["outputs of another program", { cluster: "production", apps: { tag: "prod-v1.0.0" } }],
    ] as const) {
        it(`cannot be read from other outputs: ${title}`, () => {
            assert.equal(recordedStandings(outputs), undefined);
        });
    }
});

describe("A recorded release", () => {
    for (const standing of [
        { branch: "main" },
        { tag: "prod-v1.0.0", commit },
        { tag: "prod-v1.0.0", commit, exemption: hotfix },
    ]) {
        it(`is read from Pulumi's state as it was written: ${Object.keys(standing).join(", ")}`, () => {
            assert.deepEqual(standingSchema.parse(JSON.parse(JSON.stringify(standing))), standing);
        });
    }

    it("is not read from a value without a branch, or without a tag and commit", () => {
        for (const other of [{}, { tag: "prod-v1.0.0" }, { semver: ">=1.0.0" }, undefined]) {
            assert.equal(standingSchema.safeParse(other).success, false);
        }
    });
});
