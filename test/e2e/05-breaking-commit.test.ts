import assert from "node:assert/strict";

import { applied, assertApplied, type Context, podinfo, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { waitFor } from "./support/run";
import { mustPulumi } from "./support/stack";

const pinned = ["staging", "production"] as const;
const manifest = "apps/base/podinfo/deployment.yaml";

/** What must stay as it is in a cluster that stands on a tag. */
async function standing(context: Context) {
    const { metadata } = await podinfo(context);
    const { revision, ready } = await applied(context, "apps");
    return { uid: metadata.uid, generation: metadata.generation, revision, ready: ready?.status };
}

describe("a commit on main that breaks everything", () => {
    const untouched = new Map<Context, Awaited<ReturnType<typeof standing>>>();
    let clone: Clone;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        for (const context of pinned) {
            untouched.set(context, await standing(context));
        }
    });

    it("makes dev not ready, with a message that says why", async () => {
        // Every overlay is built on it.
        clone.edit(manifest, (text) => text.replace("containers:", "containerz:"));
        const commit = await clone.push("Break podinfo");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("apps of dev is not ready", 90, async () => {
            const { ready } = await applied("dev", "apps");
            assert.equal(ready?.status, "False");
            assert.match(ready.message, /dry-run failed.*containers: Required value/s);
        });
        assert.notEqual((await applied("dev", "apps")).revision, `main@sha1:${commit}`);
    });

    it("has its release tag too, that no stack file names", () => clone.tag("prod-v1.1.0"));

    for (const context of pinned) {
        it(`does not move ${context}, also when Flux is asked to look again`, async () => {
            await reconcile(context, "gitrepository", "apps");
            await reconcile(context, "kustomization", "apps");
            assert.deepEqual(await standing(context), untouched.get(context));
            assert.equal(untouched.get(context)?.ready, "True");
        });
    }

    it("leaves nothing to do for staging", async () => {
        await mustPulumi("up -y --expect-no-changes", "staging");
        assert.deepEqual(await standing("staging"), untouched.get("staging"));
    });

    it("is over for dev once it is taken back", async () => {
        clone.edit(manifest, (text) => text.replace("containerz:", "containers:"));
        const commit = await clone.push("Fix podinfo");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev is ready again", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
    });
});
