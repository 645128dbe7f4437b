import assert from "node:assert/strict";

import { assertApplied, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { assertNoWrites, setReleaseTagRules, standIn } from "./support/github";
import { Clone, remoteCommit } from "./support/git";
import { assertSays, both, release, releaseAside, standing, type Wanted } from "./support/promotion";
import { tail, waitFor } from "./support/run";
import { mustPulumi, outputs, pulumi } from "./support/stack";

const tag = "staging-v46.0.0";
const repositories = ["fluxcd-infrastructure", "fluxcd-apps"] as const;

/** The types of what the state of staging holds beside the stack itself and the engine's own providers. */
async function made(): Promise<readonly string[]> {
    const { stdout } = await mustPulumi("stack export", "staging");
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string }[] } };
    const types = (deployment.resources ?? []).map(({ type }) => type);
    return types.filter((type) => type !== "pulumi:pulumi:Stack" && type !== "pulumi:providers:pulumi");
}

/** Runs an update of the destroyed stack that must be refused in these words, and must have made nothing. */
async function assertRefused(wanted: Wanted, says: readonly string[]): Promise<void> {
    await standIn.forget();
    const result = await pulumi("up -y --skip-preview", "staging", standing("staging", wanted));
    assert.notEqual(result.code, 0, tail(result.output));
    assertSays(result, [...says, "Nothing was touched"]);
    await assertNoWrites();
    assert.deepEqual(await made(), []);
}

describe("an environment that was destroyed, after dev has moved on", () => {
    let clones: Record<(typeof repositories)[number], Clone>;
    const clone = (name: (typeof repositories)[number]) => clones[name];
    let commits: Record<"infrastructure" | "apps", string>;

    async function runsInDev(): Promise<void> {
        for (const name of ["infrastructure", "apps"] as const) {
            await reconcile("dev", "gitrepository", name);
            const revision = `main@sha1:${await clone(`fluxcd-${name}`).head()}`;
            await waitFor(`dev has applied ${name}`, 120, () => assertApplied("dev", name, revision));
        }
    }

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        clones = {
            "fluxcd-infrastructure": await Clone.of("fluxcd-infrastructure"),
            "fluxcd-apps": await Clone.of("fluxcd-apps"),
        };
        for (const name of repositories) {
            await setReleaseTagRules(name, "disabled");
        }
        await release(clone("fluxcd-apps"), "46.0.0");
        await runsInDev();
        for (const name of repositories) {
            await clone(name).tag(tag, "prod-v46.0.0");
        }
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", both(tag)));
        const { sources } = await outputs("staging");
        commits = { infrastructure: sources.infrastructure.commit ?? "", apps: sources.apps.commit ?? "" };
        await mustPulumi("destroy -y --skip-preview", "staging");

        // A commit that renders to the same takes the place of the one before in Flux's history.
        for (const name of repositories) {
            clone(name).write("moved-on.txt", "dev has moved on\n");
            await clone(name).push("Move on");
        }
        await runsInDev();
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        const { evidence } = await outputs("dev");
        const known = [...evidence.infrastructure, ...evidence.apps];
        assert.deepEqual(
            known.filter(({ revision }) => revision.endsWith(commits.apps)),
            [],
            "dev still knows the release",
        );
    });

    after(async () => {
        for (const name of repositories) {
            await setReleaseTagRules(name, "active");
        }
    });

    it("gets no release that it never ran, and is told what it ran last: never-applied", async () => {
        await releaseAside(clone("fluxcd-apps"), "staging-v46.0.1");
        const commit = await remoteCommit("fluxcd-apps", "refs/tags/staging-v46.0.1");
        await assertRefused({ infrastructure: { tag }, apps: { tag: "staging-v46.0.1" } }, [
            `never-applied: dev is not known to have applied its commit ${commit} healthily`,
            `stack staging itself ran ${tag} last`,
        ]);
    });

    // Suites come after the tests beside them, so what follows is one too.
    describe("with its tag made again since", () => {
        let object: string;

        before(async () => {
            object = (await clone("fluxcd-apps").git("rev-parse", `refs/tags/${tag}`)).stdout.trim();
        });
        after(async () => {
            await clone("fluxcd-apps").git("push", "--quiet", "--force", "origin", `${object}:refs/tags/${tag}`);
            assert.equal(await remoteCommit("fluxcd-apps", `refs/tags/${tag}`), commits.apps);
        });

        for (const [where, commit] of [
            ["on another commit", () => "staging-v46.0.1^{commit}"],
            ["on the same commit", () => commits.apps],
        ] as const) {
            it(`does not get it, ${where}: never-applied`, async () => {
                const apps = clone("fluxcd-apps");
                await apps.git("tag", "--force", "-a", tag, "-m", "made again", commit());
                await apps.git("push", "--quiet", "--force", "origin", tag);
                await assertRefused(both(tag), [
                    `fluxcd:sources.apps.tag is "${tag}"`,
                    "never-applied: dev is not known to have applied its commit",
                    `the tag ${tag} was made at`,
                    "after the last update of stack staging with it, so it may have been moved",
                ]);
            });
        }
    });

    describe("with its tag as it was", () => {
        it("still lends its word to production, for a release that it ran", async () => {
            const wanted = standing("production", both("prod-v46.0.0"));
            const result = await mustPulumi("preview", "production", wanted);
            assertSays(result, [`apps: stack staging ran it healthily as ${tag}`]);
        });

        it("is not asked for an exemption to come back to the release it stood on", async () => {
            const result = await mustPulumi("up -y --skip-preview", "staging", standing("staging", both(tag)));
            assertSays(result, [`apps: comes back to ${tag}, which stack staging ran healthily until`]);
            await assertApplied("staging", "apps", `${tag}@sha1:${commits.apps}`);
            await assertApplied("staging", "infrastructure", `${tag}@sha1:${commits.infrastructure}`);
            const { apps } = (await outputs("staging")).sources;
            assert.deepEqual([apps.tag, apps.exemption], [tag, undefined]);
        });

        it("has nothing more to do", async () => {
            await mustPulumi("preview --expect-no-changes", "staging", standing("staging", both(tag)));
        });
    });
});
