import assert from "node:assert/strict";

import { GitHub } from "../../clients/github";
import { ancestryOf } from "../../promotion/ancestry";
import { type Answer, type PagedGitHub, startPagedGitHub } from "../support/pagedGitHub";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const before = { tag: "prod-v1.1.0", commit: first };
const hotfix = { kind: "hotfix", reason: "orders are lost" } as const;
const rollback = { kind: "rollback", reason: "orders are lost" } as const;

describe("The ancestry of a release", function () {
    // Octokit waits 14 s between its four attempts.
    this.timeout(40_000);
    let server: PagedGitHub;
    afterEach(() => server.close());

    /** Every request about commits gets this answer. */
    const ask = async (answer: Answer, after: Partial<Parameters<typeof ancestryOf>[0]["after"]> = {}) => {
        server = await startPagedGitHub(() => answer);
        const github = new GitHub({ baseUrl: server.url, owner: "misua" }, "token-of-the-test");
        const started = Date.now();
        const found = await ancestryOf({
            ...{ github, repository: "fluxcd-apps", before, tagPrefix: "prod-v" },
            after: { tag: "prod-v1.2.0", commit: second, ...after },
        });
        return { found, took: Date.now() - started, asked: server.asked.length };
    };
    const down: Answer = { status: 500, body: { message: "Server Error" } };

    it("is not known for a promotion if GitHub is down, with GitHub's words, after a bounded wait", async () => {
        const { found, took } = await ask(down);
        assert.deepEqual(found, { unanswered: "500 Server Error" });
        assert.ok(took < 20_000, String(took));
    });

    for (const [title, answer, words] of [
        [
            "its words about the diff",
            { status: 422, body: { message: "this diff is taking too long" } },
            "422 this diff is taking too long",
        ],
        ["its status alone, if a gateway answers with a page", { status: 406, text: "<html>Unicorn!</html>" }, "406"],
        [
            "the rate limit",
            { status: 403, body: { message: "API rate limit exceeded" } },
            "403 API rate limit exceeded",
        ],
        [
            "no link to the documentation",
            { status: 403, body: { message: "Forbidden", documentation_url: "https://docs.github.com/rest" } },
            "403 Forbidden",
        ],
    ] as const) {
        it(`is not known if GitHub refuses, with ${title}`, async () => {
            assert.deepEqual((await ask(answer)).found, { unanswered: words });
        });
    }

    it("is asked for a hotfix without a second attempt, if GitHub is down", async () => {
        const { found, took } = await ask(down, { exemption: hotfix });
        assert.deepEqual(found, { unanswered: "500 Server Error" });
        assert.ok(took < 1000, String(took));
    });

    it("is asked for a hotfix for three seconds at most, if GitHub is silent", async () => {
        const { found, took } = await ask({ isSilent: true }, { exemption: hotfix });
        assert.deepEqual(found, { unanswered: "no answer in time" });
        assert.ok(took < 4000, String(took));
    });

    it("is not asked for a rollback to a lower version", async () => {
        const { found, asked } = await ask(down, { tag: "prod-v1.0.0", exemption: rollback });
        assert.deepEqual([found, asked], ["unasked", 0]);
    });

    it("is asked once if GitHub answers", async () => {
        const { found, asked } = await ask({ body: { status: "ahead", total_commits: 1, html_url: "", commits: [] } });
        assert.deepEqual([found, asked], ["ahead", 1]);
    });
});
