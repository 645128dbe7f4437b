import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { threeSources, type ThreeSources } from "../threeSources";

describe("fluxcd promote --pr", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    beforeEach(async () => {
        given = await threeSources();
    });

    afterEach(() => given.world.close());

    const git = (...args: string[]) => execFileSync("git", ["-C", given.project.folder, ...args]);

    for (const [title, remote] of [
        ["is on another host", "git@gitlab.com:misua/fluxcd.git"],
        ["is a folder", "/srv/git/fluxcd"],
        ["does not exist", undefined],
    ] as const) {
        it(`makes no tag if the remote ${title}`, async () => {
            git("init", "--quiet");
            if (remote !== undefined) {
                git("remote", "add", "origin", remote);
            }
            const { code, data } = await given.project.json("promote", "staging", "--no-diff", "--yes", "--pr");
            assert.deepEqual([code, data.error], [2, "A pull request needs a repository on GitHub."]);
            assert.deepEqual(given.written, []);
        });
    }

    it("accepts a remote that insteadOf rewrites", async () => {
        git("init", "--quiet");
        git("remote", "add", "origin", "work:misua/fluxcd.git");
        git("config", "url.http://127.0.0.1/.insteadOf", "work:");
        const { data } = await given.project.json("promote", "staging", "--no-diff", "--dry-run", "--pr");
        assert.deepEqual([data.error, data.stack], [undefined, "staging"]);
    });
});
