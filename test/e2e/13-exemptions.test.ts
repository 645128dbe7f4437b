import assert from "node:assert/strict";

import { assertApplied, reconcile } from "./support/cluster";
import { Clone, remoteCommit } from "./support/git";
import { standIn } from "./support/github";
import { assertRefused, assertSays, release, releaseAside, standing, type Wanted } from "./support/promotion";
import { waitFor } from "./support/run";
import { mustPulumi, outputs } from "./support/stack";

const infrastructure = { tag: "staging-v2.2.0" };
const hotfix = { hotfix: true, reason: "CVE-2026-0001 is being used" };
const rollback = { rollback: true, reason: "2.2.1 loses orders" };
const freeze = { from: "2020-01-01", to: "2199-12-31", reason: "always" };

function apps(tag: string, more: object = {}): Wanted {
    return { infrastructure, apps: { tag, ...more } };
}

interface HistoryEntry {
    readonly kind: string;
    readonly result: string;
    readonly config: Record<string, { readonly value: string }>;
}

/** The reason in what pulumi remembers of the last update. */
async function lastReason(): Promise<string | undefined> {
    const { stdout } = await mustPulumi("stack history", "staging", ["--json", "--page-size", "1"]);
    const [entry] = JSON.parse(stdout) as HistoryEntry[];
    assert.deepEqual([entry?.kind, entry?.result], ["update", "succeeded"]);
    const sources = JSON.parse(entry?.config["fluxcd:sources"]?.value ?? "{}") as { apps?: { reason?: string } };
    return sources.apps?.reason;
}

async function assertStands(tag: string, exemption: unknown): Promise<void> {
    const revision = `${tag}@sha1:${await remoteCommit("fluxcd-apps", `refs/tags/${tag}`)}`;
    await assertApplied("staging", "apps", revision);
    const { sources } = await outputs("staging");
    assert.deepEqual([sources.apps.tag, sources.apps.exemption], [tag, exemption]);
    const { tag: ref, exemption: none } = sources.infrastructure;
    assert.deepEqual([ref, none], [infrastructure.tag, undefined]);
}

describe("a hotfix", () => {
    let clone: Clone;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        await releaseAside(clone, "staging-v2.2.1");
        await releaseAside(clone, "staging-v2.2.2", "staging-v2.2.1");
    });

    it("needs a reason", async () => {
        await assertRefused("staging", apps("staging-v2.2.1", { hotfix: true }), [
            "fluxcd:sources.apps.reason",
            "a hotfix needs a reason",
        ]);
    });

    it("shows in the preview, with what it is of and why", async () => {
        const args = standing("staging", apps("staging-v2.2.1", hotfix));
        const result = await mustPulumi("preview --diff", "staging", args);
        assertSays(result, [
            `apps: hotfix from staging-v2.2.0 to staging-v2.2.1: ${hotfix.reason}`,
            'kind  : "hotfix"',
            `reason: "${hotfix.reason}"`,
        ]);
    });

    it("goes past dev, soak and freeze", async () => {
        const wanted = apps("staging-v2.2.1", hotfix);
        const set = { "fluxcd:promotion.freezes": [freeze], "fluxcd:promotion.soak": "24h" };
        const result = await mustPulumi("up -y --skip-preview", "staging", standing("staging", { ...wanted, set }));
        assertSays(result, [`apps: hotfix from staging-v2.2.0 to staging-v2.2.1: ${hotfix.reason}`]);
        await assertStands("staging-v2.2.1", { kind: "hotfix", reason: hotfix.reason });
        assert.equal(await lastReason(), hotfix.reason);
    });

    it("does not carry the next release past the rules: leftover", async () => {
        await assertRefused("staging", apps("staging-v2.2.2", hotfix), [
            `fluxcd:sources.apps.reason is "${hotfix.reason}"`,
            "leftover: is the hotfix of staging-v2.2.1; staging-v2.2.2 needs a reason of its own, or none",
            "pulumi config rm --stack staging --path 'fluxcd:sources.apps.hotfix' && ",
        ]);
    });

    it("is followed by a release of main that dev has run, which needs no reason", async () => {
        const commit = await release(clone, "2.3.1");
        await clone.tag("staging-v2.3.1");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev is healthy", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", apps("staging-v2.3.1")));
        await assertStands("staging-v2.3.1", undefined);
    });
});

describe("a rollback", () => {
    it("is refused without saying so: backwards", async () => {
        await assertRefused("staging", apps("staging-v2.2.0"), [
            "backwards: is an earlier commit than staging-v2.3.1, which runs: going back needs rollback: true and a reason",
            "fix: npx fluxcd rollback staging 2.2.0",
        ]);
    });

    it("shows in the preview, with what it is of and why", async () => {
        const result = await mustPulumi("preview", "staging", standing("staging", apps("staging-v2.2.0", rollback)));
        assertSays(result, [`apps: rollback from staging-v2.3.1 to staging-v2.2.0: ${rollback.reason}`]);
    });

    it("goes back, also to what dev has left behind, and in a freeze", async () => {
        const wanted = { ...apps("staging-v2.2.0", rollback), set: { "fluxcd:promotion.freezes": [freeze] } };
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", wanted));
        await assertStands("staging-v2.2.0", { kind: "rollback", reason: rollback.reason });
        assert.equal(await lastReason(), rollback.reason);
    });

    it("does not carry the next release past the rules: leftover", async () => {
        await assertRefused("staging", apps("staging-v2.3.1", rollback), [
            "leftover: is the rollback of staging-v2.2.0; staging-v2.3.1 needs a reason of its own, or none",
            "fluxcd:sources.apps.rollback is true",
            "leftover: staging-v2.3.1 is no way back from staging-v2.2.0: it comes after it",
        ]);
    });

    it("is over with the next release", async () => {
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", apps("staging-v2.3.1")));
        await assertStands("staging-v2.3.1", undefined);
        assert.equal(await lastReason(), undefined);
    });
});

describe("a release that GitHub cannot compare with the running one", () => {
    const message = "Server Error: Sorry, this diff is taking too long to generate.";
    const diff = { match: { method: "GET", path: "/compare/" }, status: 422, body: { message } };
    const lists = { match: { method: "GET", path: "/repos/[^/]+/[^/]+/commits$" }, status: 500 };
    afterEach(standIn.heal);

    it("is known to go back by the lists of commits", async () => {
        await standIn.fault(diff);
        await assertRefused("staging", apps("staging-v2.2.0"), ["backwards: is an earlier commit than staging-v2.3.1"]);
    });

    it("is a rollback without a wait, although GitHub lists no commits either", async () => {
        await standIn.fault(diff);
        await standIn.fault(lists);
        const result = await mustPulumi("preview", "staging", standing("staging", apps("staging-v2.2.0", rollback)));
        assertSays(result, [`apps: rollback from staging-v2.3.1 to staging-v2.2.0: ${rollback.reason}`]);
        assert.doesNotMatch(result.output, /Waiting for GitHub at .*, for the rules of promotion/);
    });
});
