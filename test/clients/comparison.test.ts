import assert from "node:assert/strict";

import { GitHub } from "../../clients/github";
import { type Answer, type Asked, type PagedGitHub, startPagedGitHub } from "../support/pagedGitHub";

const repository = "/repos/misua/fluxcd-apps";
const shaOf = (name: string, at: number) => `${name}${at.toString(16).padStart(40 - name.length, "0")}`;
/** The commits of one line of history, the newest first. */
const line = (name: string, length: number) => Array.from({ length }, (_, at) => shaOf(name, length - 1 - at));

const tooLong = "Server Error: Sorry, this diff is taking too long to generate.";
const unavailable = { message: tooLong, errors: [{ resource: "Comparison", field: "diff", code: "not_available" }] };

/** Histories by their tip, and how GitHub answers a question for a comparison. */
interface Situation {
    readonly histories: Readonly<Record<string, readonly string[]>>;
    readonly compare: (page: number, asked: Asked) => Answer | undefined;
}

describe("A comparison of two commits", () => {
    let server: PagedGitHub;
    const ask = async ({ histories, compare }: Situation, base: string, head: string, more: object = {}) => {
        server = await startPagedGitHub((asked) => {
            if (asked.path.startsWith(`${repository}/compare/`)) {
                return compare(Number(asked.query.get("page") ?? 1), asked);
            }
            const history = histories[asked.query.get("sha") ?? ""];
            return asked.path === `${repository}/commits` && history ? history.map((sha) => ({ sha })) : undefined;
        });
        const github = new GitHub({ baseUrl: server.url, owner: "misua" }, "token-of-the-test");
        return github.compare("fluxcd-apps", base, head, more);
    };
    afterEach(() => server.close());

    const failures: readonly (readonly [string, Answer])[] = [
        ["500", { status: 500, body: unavailable }],
        ["502 with a page of HTML", { status: 502, text: "<!DOCTYPE html>\n<html>Unicorn!</html>" }],
        ["503", { status: 503, body: { message: "Service unavailable" } }],
        ["504", { status: 504, text: "" }],
        ["422, the diff takes too long", { status: 422, body: unavailable }],
        ["406, the diff is too large", { status: 406, body: { message: "Sorry, the diff exceeded the maximum" } }],
    ];
    const trunk = line("a", 250);
    const [old = "", recent = ""] = [trunk[240], trunk[3]];
    const histories = {
        [recent]: trunk.slice(3),
        [old]: trunk.slice(240),
        side: ["side", ...trunk.slice(120)],
        other: ["other", ...line("b", 130)],
    };

    for (const [title, failure] of failures) {
        describe(`that GitHub answers with ${title}`, () => {
            it("comes from the second page, which has no diff", async () => {
                const body = { status: "ahead", total_commits: 237, html_url: "https://h/c", commits: [] };
                const compare = (page: number) => (page === 1 ? failure : { body });
                const found = await ask({ histories, compare }, old, recent);
                assert.deepEqual(found, { status: "ahead", total: 237, htmlUrl: "https://h/c", commits: [] });
                assert.equal(server.asked.length, 2);
            });

            for (const [base, head, expected] of [
                [old, recent, "ahead"],
                [recent, old, "behind"],
                [recent, recent, "identical"],
                ["side", recent, "diverged"],
                [recent, "side", "diverged"],
                ["other", recent, undefined],
                ["gone", recent, undefined],
            ] as const) {
                it(`comes from the lists of commits if no page can be made: ${expected ?? "nothing in common"}, ${base.slice(0, 5)}...${head.slice(0, 5)}`, async () => {
                    const found = await ask({ histories, compare: () => failure }, base, head);
                    assert.equal(found?.status, expected);
                    assert.equal(found?.total, undefined);
                });
            }
        });
    }

    it("says that there is no common history only if GitHub says so", async () => {
        const message = `No common ancestor between ${old} and ${recent}.`;
        assert.equal(
            await ask({ histories, compare: () => ({ status: 404, body: { message } }) }, old, recent),
            undefined,
        );
        assert.equal(server.asked.length, 1);
    });

    it("does not take a lost second answer for an absent commit", async () => {
        const compare = (page: number) => (page === 1 ? { status: 422, body: unavailable } : { status: 404, body: {} });
        await assert.rejects(ask({ histories: {}, compare }, old, recent), { message: new RegExp(tooLong) });
    });

    it("fails with GitHub's words about the comparison if the histories are too long to read", async () => {
        const long = { one: line("c", 5100), two: line("d", 5100) };
        const compare = () => ({ status: 422, body: unavailable });
        await assert.rejects(ask({ histories: long, compare }, "one", "two"), { message: new RegExp(tooLong) });
        assert.equal(server.asked.length, 2 + 2 * 50);
    });

    it("ends when the time is over, without another question", async () => {
        const signal = AbortSignal.timeout(100);
        const started = Date.now();
        await assert.rejects(ask({ histories, compare: () => ({ isSilent: true }) }, old, recent, { signal }));
        assert.ok(Date.now() - started < 2000);
        assert.equal(server.asked.length, 1);
    });

    it("fails at once if GitHub refuses the question", async () => {
        const compare = () => ({ status: 403, body: { message: "API rate limit exceeded" } });
        await assert.rejects(ask({ histories, compare }, old, recent), { status: 403 });
        assert.equal(server.asked.length, 1);
    });

    describe("with its commits", () => {
        /** GitHub lists the oldest first, and the files on the first page. */
        const made =
            (total: number) =>
            (page: number, { query }: Asked) => {
                const all = line("a", total).toReversed();
                const size = Number(query.get("per_page"));
                const commits = all.slice((page - 1) * size, page * size).map((sha) => ({
                    sha,
                    commit: { author: { name: "Ada" }, message: `Change ${sha}\n\nBecause.` },
                }));
                return { body: { status: "ahead", total_commits: total, html_url: "https://h/c", commits } };
            };

        for (const total of [0, 1, 19, 20, 21, 99, 100, 101, 119, 120, 199, 200, 201, 250, 1001]) {
            it(`lists the newest 20 of ${total}, newest first`, async () => {
                const found = await ask({ histories, compare: made(total) }, old, recent, { shown: 20 });
                const newest = line("a", total).slice(0, 20);
                assert.deepEqual(
                    found?.commits.map(({ sha }) => sha),
                    newest,
                );
                assert.equal(found.total, total);
                assert.deepEqual(
                    found.commits[0],
                    newest[0] && { sha: newest[0], author: "Ada", subject: `Change ${newest[0]}` },
                );
                assert.ok(server.asked.length <= 3);
            });
        }

        for (const [total, shown] of [
            [50, 0],
            [101, 1],
            [119, 19],
            [120, 20],
            [250, 20],
        ] as const) {
            it(`lists ${shown} of ${total} if GitHub cannot make the page with the diff`, async () => {
                const pages = made(total);
                const compare = (page: number, asked: Asked) =>
                    page === 1 ? { status: 422, body: unavailable } : pages(page, asked);
                const found = await ask({ histories, compare }, old, recent, { shown: 20 });
                assert.deepEqual(
                    found?.commits.map(({ sha }) => sha),
                    line("a", total).slice(0, shown),
                );
                assert.equal(found.total, total);
            });
        }
    });
});
