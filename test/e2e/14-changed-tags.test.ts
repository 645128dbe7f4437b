import assert from "node:assert/strict";
import { dirname } from "node:path";

import { assertApplied, assertAvailable, type Condition, get, podinfo, reconcile } from "./support/cluster";
import { setReleaseTagRules } from "./support/github";
import { Clone, gitEnvironment, remoteCommit } from "./support/git";
import { assertRefused, standing } from "./support/promotion";
import { succeed, tail, waitFor } from "./support/run";
import { mustPulumi, outputs, pulumi } from "./support/stack";

const tag = "staging-v2.3.1";
const ref = `refs/tags/${tag}`;
const wanted = { infrastructure: { tag: "staging-v2.2.0" }, apps: { tag } };

/** Runs what the output says fixes it, beside the clone. */
async function fix(clone: Clone, output: string): Promise<void> {
    const command = /fix: (git -C fluxcd-apps .*?)(?: {3}\(.*)?$/m.exec(output)?.[1];
    assert.ok(command, tail(output));
    await succeed("bash", ["-c", command], { cwd: dirname(clone.directory), env: gitEnvironment() });
}

async function fetchStaging(): Promise<void> {
    await reconcile("staging", "gitrepository", "apps");
}

/** An administrator can switch the rules for release tags off, and only then a tag can be moved or deleted. */
describe("a release tag that an administrator", () => {
    let clone: Clone;
    let commit: string;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        commit = await remoteCommit("fluxcd-apps", ref);
        assert.equal((await outputs("staging")).sources.apps.commit, commit);
        await setReleaseTagRules("fluxcd-apps", "disabled");
    });
    after(() => setReleaseTagRules("fluxcd-apps", "active"));

    describe("moves", () => {
        let moved: string;

        before(async () => {
            clone.edit("apps/base/podinfo/kustomization.yaml", (text) =>
                text.replace("RELEASE=2.3.1", "RELEASE=moved"),
            );
            await clone.git("commit", "--quiet", "--all", "-m", "Something else");
            moved = await clone.head();
            await clone.git("push", "--quiet", "--force", "origin", `HEAD:${ref}`);
        });

        it("is what Flux goes to by itself", async () => {
            await fetchStaging();
            await waitFor("staging has applied it", 90, () => assertApplied("staging", "apps", `${tag}@sha1:${moved}`));
        });

        it("is refused all the same, with the commit it had: moved-tag", async () => {
            await assertRefused("staging", wanted, [
                `fluxcd:sources.apps.tag is "${tag}"`,
                `moved-tag: the tag pointed to ${commit} when this stack took it, and points to ${moved} now`,
            ]);
        });

        it("goes through the ordinary rules when the new commit is pinned", async () => {
            const pinned = { ...wanted, apps: { tag, commit: moved } };
            await assertRefused("staging", pinned, ["never-applied: dev is not known to have applied its commit"]);
            await clone.git("push", "--quiet", "origin", "HEAD:main");
            await reconcile("dev", "gitrepository", "apps");
            await waitFor("dev is healthy", 90, () => assertApplied("dev", "apps", `main@sha1:${moved}`));
            await mustPulumi("preview", "staging", standing("staging", pinned));
        });

        it("is refused while another commit is pinned", async () => {
            const pinned = { ...wanted, apps: { tag, commit } };
            await assertRefused("staging", pinned, [
                `tag ${tag} of misua/fluxcd-apps points to ${moved}: it was moved`,
            ]);
        });

        it("is as before once the command in the refusal has run", async () => {
            const { output } = await pulumi("preview", "staging", standing("staging", wanted));
            await fix(clone, output);
            assert.equal(await remoteCommit("fluxcd-apps", ref), commit);
            await fetchStaging();
            await waitFor("staging is back", 90, () => assertApplied("staging", "apps", `${tag}@sha1:${commit}`));
            await mustPulumi("preview --expect-no-changes", "staging", standing("staging", wanted));
        });
    });

    describe("deletes", () => {
        let generation: number;

        async function ready(): Promise<Condition> {
            const { status } = await get<{ status: { conditions: Condition[] } }>(
                ...(["staging", "-n", "flux-system", "gitrepository", "apps"] as const),
            );
            const found = status.conditions.find(({ type }) => type === "Ready");
            assert.ok(found);
            return found;
        }

        before(async () => {
            ({ generation } = (await podinfo("staging")).metadata);
            await clone.git("push", "--quiet", "origin", `:${ref}`);
            await fetchStaging();
        });

        it("makes Flux say so", async () => {
            await waitFor("the source fails", 60, async () => {
                const { status, reason, message } = await ready();
                assert.deepEqual([status, reason], ["False", "GitOperationFailed"]);
                assert.match(message, /reference not found|couldn't find/i);
            });
        });

        it("leaves podinfo running as it was", async () => {
            await assertAvailable("staging", 2);
            assert.equal((await podinfo("staging")).metadata.generation, generation);
            await assertApplied("staging", "apps", `${tag}@sha1:${commit}`);
        });

        it("is refused, with the commit that runs and the command that brings the tag back", async () => {
            const { output } = await assertRefused("staging", wanted, [
                `misua/fluxcd-apps no longer has this tag: it was deleted. The cluster still runs its commit ${commit}`,
                `fix: git -C fluxcd-apps tag -a ${tag} -m ${tag} ${commit} && git -C fluxcd-apps push origin ${tag}`,
            ]);
            // As someone else, who has no such tag.
            const other = await Clone.of("fluxcd-apps");
            await fix(other, output);
        });

        it("is well again after that command", async () => {
            assert.equal(await remoteCommit("fluxcd-apps", ref), commit);
            await fetchStaging();
            await waitFor("the source is ready", 60, async () => {
                assert.equal((await ready()).status, "True");
            });
            await mustPulumi("preview --expect-no-changes", "staging", standing("staging", wanted));
            assert.equal((await podinfo("staging")).metadata.generation, generation);
        });
    });
});
