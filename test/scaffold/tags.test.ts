import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { parse } from "yaml";

const run = promisify(execFile);
const person = { name: "A developer", email: "developer@example.com" };
const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
};

describe("The scaffold's check of release tags", function () {
    this.timeout(60_000);
    const folders = ["scaffold/fluxcd-infrastructure", "scaffold/fluxcd-apps"];
    const script = resolve("scaffold/fluxcd-apps/scripts/check-tag.sh");
    let directory: string;

    const git = async (...args: string[]) => (await run("git", args, { cwd: directory, env })).stdout.trim();
    const check = (tag: string) => run("bash", [script, tag], { cwd: directory, env });
    const refused = (tag: string, says: RegExp) =>
        assert.rejects(check(tag), ({ code, stderr }: { code: number; stderr: string }) => {
            assert.equal(code, 1);
            assert.match(stderr, says);
            return true;
        });

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "tags-"));
        await git("init", "--quiet", "--initial-branch", "main");
        for (const message of ["first", "second", "third"]) {
            await git("commit", "--quiet", "--allow-empty", "-m", message);
        }
        await git("update-ref", "refs/remotes/origin/main", "HEAD");
    });
    after(() => rm(directory, { recursive: true }));

    it("is the same in both repositories, runs for every tag, and has only read permission", async () => {
        for (const path of ["scripts/check-tag.sh", ".github/workflows/release-tag.yaml"]) {
            const [one, other] = await Promise.all(folders.map((folder) => readFile(join(folder, path), "utf8")));
            assert.equal(one, other);
        }
        const text = await readFile("scaffold/fluxcd-apps/.github/workflows/release-tag.yaml", "utf8");
        const { on, permissions, jobs } = parse(text) as {
            on: object;
            permissions: object;
            jobs: Record<string, { steps: { uses?: string; with?: object; run?: string; env?: object }[] }>;
        };
        assert.deepEqual(on, { push: { tags: ["**"] } });
        assert.deepEqual(permissions, { contents: "read" });
        const [checkout, step] = jobs["release-tag"]?.steps ?? [];
        assert.deepEqual(checkout?.with, { "fetch-depth": 0, "persist-credentials": false });
        assert.equal(step?.run, 'bash scripts/check-tag.sh "$TAG"');
        assert.deepEqual(step.env, { TAG: "${{ github.ref_name }}" });
    });

    it("accepts a staging tag on main, and a production tag on the same commit", async () => {
        await git("tag", "-a", "staging-v1.0.0", "-m", "one", "main~2");
        assert.match((await check("staging-v1.0.0")).stdout, /^staging-v1\.0\.0 is a release of [0-9a-f]{40}\.\n$/);
        await git("tag", "-a", "prod-v1.0.0", "-m", "one", "main~2");
        await check("prod-v1.0.0");
        await git("tag", "staging-v1.0.1", "main~2");
        await check("staging-v1.0.1");
    });

    it("refuses a tag name outside the tag families, whatever characters it contains", async () => {
        for (const name of [
            "v1.0.0",
            "production-v1.0.0",
            "staging-v1.0",
            "staging-v01.0.0",
            "staging-v1.0.0-rc1",
            "prod-v1.0.0.0",
        ]) {
            await git("tag", name, "main~2");
            await refused(name, /not a release tag\. Expected staging-vX\.Y\.Z or prod-vX\.Y\.Z\./);
        }
        await refused("$(exit 0)", /not a release tag/);
        await refused("staging-v9.9.9", /there is no such tag here/);
    });

    it("refuses a production tag on a commit without a staging tag", async () => {
        await git("tag", "-a", "prod-v1.1.0", "-m", "two", "main~1");
        await refused("prod-v1.1.0", /[0-9a-f]{40} has no staging tag, so staging cannot have run it/);
        await git("tag", "-a", "staging-v1.1.0", "-m", "two", "main~1");
        await check("prod-v1.1.0");
    });

    it("refuses a commit that is not on main, except for a hotfix", async () => {
        await git("checkout", "--quiet", "--detach");
        await git("commit", "--quiet", "--allow-empty", "-m", "aside");
        await git("tag", "-a", "staging-v1.2.0", "-m", "aside");
        await refused("staging-v1.2.0", /is not on main/);
        await git(
            "tag",
            "-a",
            "prod-v1.2.1",
            "-m",
            "Promote production to 1.2.1 (apps)\n\nhotfix: it leaks memory\nBy somebody.",
        );
        assert.match((await check("prod-v1.2.1")).stdout, /is a hotfix/);
    });
});
