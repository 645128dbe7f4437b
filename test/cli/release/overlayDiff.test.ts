import assert from "node:assert/strict";
import { mock } from "node:test";

import { carryOut } from "../../../cli/release/apply";
import { lostObjects, overlayDiff } from "../../../cli/release/overlayDiff";
import type { Plan, Stack } from "../../../cli/release/plan";
import type { SourceReport } from "../../../cli/release/report";
import { CommandError } from "../../../cli/terminal/exit";
import type { Folder } from "../../../cli/tools/render";
import { history } from "../tools/commits";
import { map, type Tree } from "../tools/trees";
import { old, running, threeSources } from "../threeSources";

type Files = Tree["files"];

const path = "apps/overlays/production";
const broken = { [`${path}/kustomization.yaml`]: "resources: [gone.yaml]\n" };

/** What a promotion from one tree to another compares. */
function overlay(before: Files | undefined, after: Files, folders: readonly Folder[] = [{ path }]) {
    const { cloneUrl, commits } = history(...(before ? [before] : []).map((files) => ({ files })), { files: after });
    const [from, to] = before ? commits : [undefined, ...commits];
    const applied = folders.map((folder) => ({ name: folder.path, needs: [], ...folder }));
    return {
        ...{ cloneUrl, token: "t", folders: applied },
        from: from === undefined ? undefined : { ref: "prod-v1.0.0", commit: from },
        to: { ref: "prod-v1.1.0", commit: to ?? "" },
    };
}

describe("The rendered changes of a release", function () {
    this.timeout(60_000);

    it("are those of a folder without a kustomization", async () => {
        const given = overlay({ [`${path}/a.yaml`]: map("a", "x: old") }, { [`${path}/a.yaml`]: map("a", "x: new") });
        const found = await overlayDiff(given);
        assert.ok("diff" in found);
        assert.match(found.diff, /^--- before\/prod-v1\.0\.0@.{7}\.yaml\n\+\+\+ after\/prod-v1\.1\.0@.{7}\.yaml\n/);
        assert.match(found.diff, /\n- {2}x: old\n\+ {2}x: new\n/);
        assert.deepEqual([found.note, found.isBroken], [undefined, false]);
    });

    it("have the variables of the Kustomization", async () => {
        const folder = { path, substitute: { SIZE: "3" } };
        const given = overlay({ [`${path}/a.yaml`]: map("a") }, { [`${path}/a.yaml`]: map("a", 'x: "${SIZE}-x"') }, [
            folder,
        ]);
        const found = await overlayDiff(given);
        assert.match("diff" in found ? found.diff : "", /\n\+ {2}x: 3-x\n/);
    });

    it("are not shown if the new release does not build, and nothing is said about Flux", async () => {
        const found = await overlayDiff(overlay({ [`${path}/a.yaml`]: map("a") }, broken));
        assert.ok("skipped" in found && found.isBroken);
        assert.match(
            found.skipped,
            /^apps\/overlays\/production does not build here at prod-v1\.1\.0 \(\w{7}\)\.\n\n.*gone/,
        );
        assert.doesNotMatch(found.skipped, /Flux/);
    });

    it("are all of the new release if only the running one does not build", async () => {
        const found = await overlayDiff(overlay(broken, { [`${path}/a.yaml`]: map("a") }));
        assert.ok("diff" in found && !found.isBroken);
        assert.match(found.note ?? "", /does not build here at prod-v1\.0\.0 .*The diff shows all of prod-v1\.1\.0\./);
        assert.match(found.diff, /\n\+kind: ConfigMap\n/);
    });

    it("are shown for the other folders if one does not build", async () => {
        const folders = [{ path }, { path: "other" }];
        const after = { ...broken, "other/a.yaml": map("a", "x: new") };
        const found = await overlayDiff(
            overlay({ [`${path}/a.yaml`]: map("a"), "other/a.yaml": map("a", "x: old") }, after, folders),
        );
        assert.ok("diff" in found && found.isBroken);
        assert.match(found.note ?? "", /^Changes are not shown: apps\/overlays\/production does not build here/);
        assert.match(found.diff, /\n- {2}x: old\n\+ {2}x: new\n/);
    });

    it("are counted for a first release, also for one without objects", async () => {
        const first = await overlayDiff(overlay(undefined, { [`${path}/a.yaml`]: `${map("a")}---\n${map("b")}` }));
        assert.equal("note" in first && first.note, `${path}: 2 objects, all of them new.`);
        const none = await overlayDiff(overlay(undefined, { [`${path}/README.md`]: "# Soon" }));
        assert.equal("note" in none && none.note, `${path}: 0 objects, all of them new.`);
    });

    it("are not shown if another repository cannot be reached, which is no fault of the release", async () => {
        const remote = { [`${path}/kustomization.yaml`]: 'resources: ["https://127.0.0.1:1/org/base?ref=v1"]\n' };
        const found = await overlayDiff(overlay({ [`${path}/a.yaml`]: map("a") }, remote));
        assert.ok("skipped" in found && !found.isBroken);
        assert.match(found.skipped, /It reads https:\/\/127\.0\.0\.1:1\/org\/base\?ref=v1, which must be reached/);
    });

    it("are not shown if git cannot fetch the release", async () => {
        const given = overlay({ [`${path}/a.yaml`]: map("a") }, { [`${path}/b.yaml`]: map("b") });
        const found = await overlayDiff({ ...given, cloneUrl: "/nowhere" });
        assert.match("skipped" in found ? found.skipped : "", /^git could not fetch \w{40} from \/nowhere: fatal/);
        assert.ok(!found.isBroken);
    });

    it("have the lost objects of a folder without a kustomization", async () => {
        const before = { [`${path}/a.yaml`]: map("a"), [`${path}/b.yaml`]: map("b") };
        assert.deepEqual(await lostObjects(overlay(before, { [`${path}/a.yaml`]: map("a") })), ["ConfigMap b"]);
        assert.equal(await lostObjects(overlay(before, broken)), undefined);
        const gone = { ...overlay(before, {}), cloneUrl: "/nowhere" };
        assert.equal(await lostObjects(gone), undefined);
    });
});

describe("A release whose changes are not shown", function () {
    this.timeout(60_000);

    it("goes on with --yes if git cannot fetch it, and says so in the JSON", async () => {
        const given = await threeSources();
        try {
            for (const name of ["infrastructure", "platform", "apps"]) {
                const repository = { ssh_url: "", clone_url: "/nowhere", node_id: "", html_url: "" };
                given.world.answers.set(`GET /api/v3/repos/misua/fluxcd-${name}`, repository);
            }
            const { code, data } = await given.project.json("promote", "staging", "--yes");
            assert.equal(code, 0);
            const notes = (data.notes as string[]).filter((note) => note.includes("not shown"));
            assert.equal(notes.length, 2);
            assert.match(notes[0] ?? "", /^The changes in platform are not shown: git could not fetch /);
            assert.equal(data.edited, "Pulumi.staging.yaml");
        } finally {
            await given.world.close();
        }
    });

    /** Carries a plan out to its end, with a release that does not build. */
    async function carriedOut(options: { yes?: true; dryRun?: true }): Promise<unknown> {
        const target = { tag: "staging-v1.1.0", commit: running };
        const apps: SourceReport = {
            ...{ repository: "misua/fluxcd-apps", from: { ...target, commit: old }, to: target, changes: true },
            ...{ exists: false, between: undefined, overlay: path, diff: { skipped: "it fails", isBroken: true } },
        };
        const plan = {
            ...{
                edits: { apps: { tag: "staging-v1.1.0", set: {}, remove: [] } },
                proposal: {},
                missing: { apps: target },
                then: undefined,
            },
            report: { command: "promote", stack: "staging", sources: { apps }, notes: [], refused: [] },
        };
        const stack = { name: "staging", config: { stack: "staging" }, settings: { values: {} } };
        mock.method(process.stdout, "write", () => true);
        return carryOut(stack as unknown as Stack, plan as unknown as Plan, { diff: true, ...options })
            .catch((error: unknown) => error)
            .finally(() => {
                mock.restoreAll();
            });
    }

    it("stops with --yes if it does not build, and names the way on", async () => {
        const error = await carriedOut({ yes: true });
        assert.ok(error instanceof CommandError, String(error));
        assert.equal(error.exitCode, 1);
        assert.equal(error.message, "Stack staging does not take this release unseen. Nothing was changed.");
        assert.deepEqual(error.problems, [
            {
                key: "fluxcd:sources.apps.tag",
                value: "staging-v1.1.0",
                expected: `${path} does not build here, and --yes skips the question whether to go on`,
                fix: "correct the overlay, or repeat the command with --no-diff",
            },
        ]);
    });

    it("is only shown in a dry run", async () => {
        assert.equal(await carriedOut({ yes: true, dryRun: true }), undefined);
    });

    it("asks without --yes", async () => {
        const error = await carriedOut({});
        assert.match(error instanceof CommandError ? error.message : "", /^There is no terminal for the confirmation/);
    });
});
