import assert from "node:assert/strict";

import { appliedRevision } from "../../domain/outputs";
import { assertApplied, assertAvailable } from "./support/cluster";
import { Clone, remoteCommit } from "./support/git";
import { assertRefused, both, promote, runningRelease, standing } from "./support/promotion";
import { waitFor } from "./support/run";
import { mustPulumi, outputs } from "./support/stack";

const repositories = { infrastructure: "fluxcd-infrastructure", apps: "fluxcd-apps" } as const;

async function assertStands(stack: "staging" | "production", tag: string): Promise<void> {
    const found = await outputs(stack);
    for (const name of ["infrastructure", "apps"] as const) {
        const commit = await remoteCommit(repositories[name], `refs/tags/${tag}`);
        const revision = `${tag}@sha1:${commit}`;
        await assertApplied(stack, name, revision);
        const { tag: ref, commit: recorded, exemption } = found.sources[name];
        assert.deepEqual([ref, recorded, exemption], [tag, commit, undefined]);
        assert.equal(appliedRevision(found, name), revision);
        assert.equal(found.evidence[name][0]?.revision, revision);
    }
}

describe("a release goes from dev to staging to production", () => {
    before(async () => {
        const infrastructure = await Clone.of("fluxcd-infrastructure");
        await infrastructure.tag("prod-v2.2.0");
    });

    it("is refused by production while only dev has run it", async () => {
        const commit = await remoteCommit("fluxcd-apps", "refs/tags/prod-v2.2.0");
        await assertRefused("production", both("prod-v2.2.0"), [
            `never-applied: staging is not known to have applied its commit ${commit} healthily; it runs staging-v1.0.0@sha1:`,
            "fix: npx fluxcd promote production",
        ]);
    });

    it("staging takes it when both tags are changed, and nothing else", async () => {
        await promote("staging", both("staging-v2.2.0"));
        await assertStands("staging", "staging-v2.2.0");
        assert.equal(await runningRelease("staging"), "2.2.0");
        await assertAvailable("staging", 2);
    });

    it("production waits until it has run in staging for long enough", async () => {
        const wanted = { ...both("prod-v2.2.0"), set: { "fluxcd:promotion.soak": "20s" } };
        await waitFor("staging has run it for 20 s", 120, () =>
            mustPulumi("preview", "production", standing("production", wanted)),
        );
    });

    it("production takes it then", async () => {
        await promote("production", both("prod-v2.2.0"));
        await assertStands("production", "prod-v2.2.0");
        assert.equal(await runningRelease("production"), "2.2.0");
        await assertAvailable("production", 3);
    });

    it("has nothing more to do", async () => {
        await mustPulumi("preview --expect-no-changes", "production", standing("production", both("prod-v2.2.0")));
    });
});
