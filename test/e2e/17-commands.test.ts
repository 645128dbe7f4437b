import assert from "node:assert/strict";

import { assertApplied, reconcile } from "./support/cluster";
import { api, assertNoWrites, standIn, traffic } from "./support/github";
import { Clone, remoteCommit } from "./support/git";
import { Project } from "./support/project";
import { assertSays, release, touched } from "./support/promotion";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { outputs } from "./support/stack";

const repositories = ["fluxcd-infrastructure", "fluxcd-apps"] as const;

/** Both tags, or fewer where they are not made yet. */
async function tagged(tag: string): Promise<string[]> {
    const commits = await Promise.all(repositories.map((name) => remoteCommit(name, `refs/tags/${tag}`)));
    return commits.filter((commit) => commit !== "");
}

interface Report {
    readonly version: string;
    readonly sources: { readonly apps: { readonly to: { readonly tag: string; readonly commit: string } } };
    readonly refused: readonly { readonly refusal: string }[];
    readonly edited: string | null;
    readonly next: string | null;
}

describe("npx fluxcd promote", () => {
    let project: Project;
    let clone: Clone;
    let commits: string[];
    let committed: string;

    /** A release of main that dev has run. */
    async function devRuns(name: string): Promise<void> {
        const commit = await release(clone, name);
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev is healthy", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        commits = await Promise.all(repositories.map((repository) => remoteCommit(repository, "refs/heads/main")));
    }

    before(async () => {
        project = await Project.make();
        committed = project.read("Pulumi.staging.yaml");
        clone = await Clone.of("fluxcd-apps");
        await devRuns("3.0.0");
    });
    afterEach(standIn.heal);

    it("changes nothing with --dry-run, and says as data what it would do", async () => {
        await standIn.forget();
        const { code, stdout, output } = await project.fluxcd("promote", ["staging", "3.0.0", "--dry-run", "--json"]);
        assert.equal(code, 0, tail(output));
        const { version, sources, refused, edited, next } = JSON.parse(stdout) as Report;
        assert.deepEqual([version, refused, edited, next], ["3.0.0", [], null, null]);
        assert.deepEqual(sources.apps.to, { tag: "staging-v3.0.0", commit: commits[1] });
        await assertNoWrites();
        assert.equal(project.read("Pulumi.staging.yaml"), committed);
    });

    // What GitHub has begun it may still do after the command is gone.
    const writes = [
        { what: "the tag of the infrastructure", path: "/fluxcd-infrastructure/git/tags$", drop: false, tags: 0 },
        { what: "its ref, which is not made", path: "/fluxcd-infrastructure/git/refs$", drop: true, tags: 0 },
        { what: "its ref, which is made", path: "/fluxcd-infrastructure/git/refs$", drop: false, tags: 1 },
        { what: "the tag of the apps", path: "/fluxcd-apps/git/tags$", drop: false, tags: 1 },
        { what: "its ref", path: "/fluxcd-apps/git/refs$", drop: false, tags: 2 },
    ];
    for (const { what, path, drop, tags } of writes) {
        it(`that is killed while GitHub makes ${what} leaves the stack file as it was`, async () => {
            await standIn.fault({ match: { method: "POST", path }, delayMs: 1000, ...(drop && { drop }) });
            const killAfter = standIn.struck();
            const { code, output } = await project.fluxcd("promote", ["staging", "3.0.0", "--yes", "--no-diff"], {
                killAfter,
            });
            assert.notEqual(code, 0, tail(output));
            await killAfter;
            await waitFor("GitHub is done with it", 30, async () => {
                assert.equal((await tagged("staging-v3.0.0")).length, tags);
            });
            assert.equal(project.read("Pulumi.staging.yaml"), committed);
        });
    }

    it("goes on where it stopped, with the same command", async () => {
        await standIn.forget();
        const { code, output, seconds } = await project.fluxcd("promote", ["staging", "3.0.0", "--yes"]);
        assert.equal(code, 0, tail(output));
        const { reads, writes: written } = await traffic();
        report("npx fluxcd promote, with the tags there", seconds, `GitHub: ${reads} reads, ${written.length} writes`);
        assert.deepEqual(await tagged("staging-v3.0.0"), commits);
        assert.match(output, /^Next: pulumi up --stack staging$/m);
    });

    it("has changed the two values in the stack file, and nothing else", () => {
        const expected = committed.replaceAll("tag: staging-v1.0.0", "tag: staging-v3.0.0");
        assert.equal(project.read("Pulumi.staging.yaml"), expected);
    });

    it("has made annotated tags that say who and from where", async () => {
        const { object } = await api<{ object: { type: string; sha: string } }>(
            "/repos/misua/fluxcd-apps/git/ref/tags/staging-v3.0.0",
        );
        assert.equal(object.type, "tag");
        const { message } = await api<{ message: string }>(`/repos/misua/fluxcd-apps/git/tags/${object.sha}`);
        assert.match(
            message,
            new RegExp(`Promoted from dev, which runs main@sha1:${commits[1] ?? ""}\\.\nBy misua\\.`),
        );
    });

    it("is followed by the command that it prints", async () => {
        await project.commit("Promote 3.0.0 to staging");
        await project.shell("pulumi up --stack staging --yes --non-interactive --skip-preview");
        await assertApplied("staging", "apps", `staging-v3.0.0@sha1:${commits[1] ?? ""}`);
    });

    it("has nothing to do then", async () => {
        const { code, output } = await project.fluxcd("promote", ["staging"]);
        assert.equal(code, 0, tail(output));
        assert.match(output, /^Nothing to do: /m);
    });

    it("proposes for production what staging runs, tags it once, and edits the file once, also when two do so at once", async () => {
        const before = project.read("Pulumi.production.yaml");
        await standIn.forget();
        const results = await Promise.all(
            [0, 1].map(() => project.fluxcd("promote", ["production", "--yes", "--no-diff"])),
        );
        const won = results.filter(({ code }) => code === 0);
        assert.ok(won.length > 0, tail(results.map(({ output }) => output).join("\n")));
        for (const { output } of results.filter(({ code }) => code !== 0)) {
            assert.match(output, /run the command again/, tail(output));
        }
        const { writes: written } = await traffic();
        const refs = written.filter(({ path, status }) => path.endsWith("/git/refs") && status === 201);
        assert.equal(refs.length, 2);
        assert.deepEqual(await tagged("prod-v3.0.0"), commits);
        const expected = before.replaceAll("tag: prod-v1.0.0", "tag: prod-v3.0.0");
        assert.equal(project.read("Pulumi.production.yaml"), expected);
    });

    it("is refused with exit code 3, and the rule as data", async () => {
        await devRuns("3.1.0");
        await clone.tag("prod-v3.1.0");
        const before = await touched("production");
        await standIn.forget();
        const { code, stdout, output } = await project.fluxcd("promote", [
            "production",
            "3.1.0",
            "--source",
            "apps",
            "--yes",
            "--json",
        ]);
        assert.equal(code, 3, tail(output));
        const { refused } = JSON.parse(stdout) as Report;
        assert.deepEqual(
            refused.map(({ refusal }) => refusal),
            ["never-applied"],
        );
        await assertNoWrites();
        assert.deepEqual(await touched("production"), before);
    });

    it("says which permission is missing, and fails", async () => {
        await standIn.fault({
            match: { method: "POST", path: "/git/tags$" },
            status: 403,
            body: { message: "Resource not accessible by personal access token" },
            headers: { "x-accepted-github-permissions": "contents=write" },
        });
        const before = project.read("Pulumi.staging.yaml");
        const result = await project.fluxcd("promote", ["staging", "--yes", "--no-diff"]);
        assert.equal(result.code, 1, tail(result.output));
        await standIn.assertStruck();
        assertSays(result, ["Resource not accessible by personal access token", "Contents: write"]);
        assert.equal(project.read("Pulumi.staging.yaml"), before);
    });
});

describe("npx fluxcd rollback and npx fluxcd history", () => {
    let project: Project;

    before(async () => {
        project = await Project.make();
    });

    it("go back to the last release that ran healthily, with a reason", async () => {
        const reason = "3.0.0 loses orders";
        const { code, output } = await project.fluxcd("rollback", [
            "staging",
            "--reason",
            reason,
            "--yes",
            "--no-diff",
        ]);
        assert.equal(code, 0, tail(output));
        await project.commit("Roll staging back");
        await project.shell("pulumi up --stack staging --yes --non-interactive --skip-preview");
        const { apps } = (await outputs("staging")).sources;
        assert.deepEqual(apps.exemption, { kind: "rollback", reason });
        assert.notEqual(apps.tag, "staging-v3.0.0");
        await assertApplied("staging", "apps", `${apps.tag ?? ""}@sha1:${apps.commit ?? ""}`);

        const { stdout } = await project.fluxcd("history", ["staging", "--json", "--limit", "1"]);
        const { promotions } = JSON.parse(stdout) as { promotions: Record<string, string>[] };
        const [{ at = "", ...entry } = {}] = promotions;
        assert.ok(Date.parse(at) <= Date.now());
        assert.deepEqual(
            [entry.from, entry.to, entry.kind, entry.reason, entry.by],
            ["staging-v3.0.0", apps.tag, "rollback", reason, "A developer"],
        );
    });
});
