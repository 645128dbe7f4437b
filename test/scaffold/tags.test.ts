import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { parse } from "yaml";

import { blocks } from "../support/documents";

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
    const check = (tag: string, its = script) => run("bash", [its, tag], { cwd: directory, env });
    const refused = (tag: string, says: RegExp, its?: string) =>
        assert.rejects(check(tag, its), ({ code, stderr }: { code: number; stderr: string }) => {
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
        for (const path of ["release-tags", "scripts/check-tag.sh", ".github/workflows/release-tag.yaml"]) {
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
        await refused(
            "prod-v1.1.0",
            /[0-9a-f]{40} has no tag staging-vX\.Y\.Z, so the environment before cannot have run it/,
        );
        await git("tag", "-a", "staging-v1.1.0", "-m", "two", "main~1");
        await check("prod-v1.1.0");
    });

    it("takes no other tag that begins alike for a staging tag", async () => {
        await git("tag", "staging-vnext", "main");
        await git("tag", "prod-v1.3.0", "main");
        await refused("prod-v1.3.0", /has no tag staging-vX\.Y\.Z/);
        await git("tag", "--delete", "staging-vnext", "prod-v1.3.0");
    });

    it("has the families of the program, each after the environment that the stack file names", async () => {
        const project = parse(await readFile("Pulumi.yaml", "utf8")) as {
            config: { "fluxcd:tagPrefixes": { value: Record<string, string> } };
        };
        const prefixes = project.config["fluxcd:tagPrefixes"].value;
        const expected: string[] = [];
        for (const [environment, prefix] of Object.entries(prefixes)) {
            const { config } = parse(await readFile(`Pulumi.${environment}.yaml`, "utf8")) as {
                config: { "fluxcd:promotion"?: { from?: string } };
            };
            const before = prefixes[config["fluxcd:promotion"]?.from ?? ""];
            expected.push(before === undefined ? prefix : `${prefix} ${before}`);
        }
        const lines = (await readFile("scaffold/fluxcd-apps/release-tags", "utf8")).split("\n");
        assert.deepEqual(
            lines.filter((line) => line !== "" && !line.startsWith("#")),
            expected,
        );
    });

    describe("with another environment, as docs/clusters.md adds it", () => {
        let own: string;
        let its: string;

        before(async () => {
            own = await mkdtemp(join(tmpdir(), "families-"));
            await cp("scaffold/fluxcd-apps", own, { recursive: true });
            its = join(own, "scripts/check-tag.sh");
            const added = blocks("docs/clusters.md").filter(
                ({ language, text }) => language === "diff" && text.includes("/release-tags\n"),
            );
            assert.equal(added.length, 2);
            for (const { text } of added) {
                const after = text
                    .split("\n")
                    .slice(1)
                    .filter((line) => !line.startsWith("-"));
                await writeFile(join(own, "release-tags"), after.map((line) => line.slice(1)).join("\n"));
            }
            await git("checkout", "--quiet", "main");
            await git("commit", "--quiet", "--allow-empty", "-m", "fourth");
            await git("update-ref", "refs/remotes/origin/main", "HEAD");
        });
        after(() => rm(own, { recursive: true }));

        it("accepts its tags, and then those of staging and production in this order", async () => {
            await git("tag", "prod-v2.0.0");
            await git("tag", "staging-v2.0.0");
            await refused("staging-v2.0.0", /has no tag qa-vX\.Y\.Z/, its);
            await git("tag", "qa-v2.0.0");
            for (const tag of ["qa-v2.0.0", "staging-v2.0.0", "prod-v2.0.0"]) {
                assert.match((await check(tag, its)).stdout, new RegExp(`^${tag} is a release of `));
            }
            await git("tag", "--delete", "staging-v2.0.0");
            await refused("prod-v2.0.0", /has no tag staging-vX\.Y\.Z/, its);
        });

        it("names all families for another name", async () => {
            await git("tag", "test-v1.0.0");
            await refused(
                "test-v1.0.0",
                /Expected qa-vX\.Y\.Z or staging-vX\.Y\.Z or prod-vX\.Y\.Z\. The file release-tags lists/,
                its,
            );
        });
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
