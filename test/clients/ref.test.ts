import assert from "node:assert/strict";

import { GitHub } from "../../clients/github";
import { type Answer, type Asked, type PagedGitHub, startPagedGitHub } from "../support/pagedGitHub";

const repository = "/repos/misua/fluxcd-apps";
const commit = "1".repeat(40);
const [object, other] = ["a".repeat(40), "b".repeat(40)];

describe("The commit of a ref", () => {
    let server: PagedGitHub;
    const ask = async (ref: string, answers: Readonly<Record<string, Answer>>) => {
        server = await startPagedGitHub(({ path, query }: Asked) => answers[path + (query.size > 0 ? "?" : "")]);
        return new GitHub({ baseUrl: server.url, owner: "misua" }, "token-of-the-test").commit("fluxcd-apps", ref);
    };
    const tag = "tags/prod-v1.0.0";
    const asCommit = `${repository}/commits/${tag}`;
    const asRef = `${repository}/git/ref/${tag}`;
    const message = (status: number, words: string): Answer => ({ status, body: { message: words } });
    const pointsTo = (type: string, sha: string): Answer => ({ body: { object: { type, sha } } });
    const tooLarge = message(422, "Server Error: Sorry, this diff is taking too long to generate.");
    afterEach(() => server.close());

    it("is asked for without its diff", async () => {
        assert.equal(await ask(tag, { [asCommit]: { text: commit } }), commit);
        assert.deepEqual(
            server.asked.map(({ path, headers }) => [path, headers.accept]),
            [[asCommit, "application/vnd.github.sha"]],
        );
    });

    for (const [title, sent] of [
        ["text", { text: commit }],
        ["text of GitHub's media type", { text: commit, headers: { "content-type": "application/vnd.github.sha" } }],
        ["text with a line break", { text: `${commit}\n` }],
        ["a whole commit, as from a server that ignores the media type", { body: { sha: commit, files: [] } }],
    ] as const) {
        it(`is read from ${title}`, async () => {
            assert.equal(await ask(tag, { [asCommit]: sent }), commit);
        });
    }

    for (const [title, failure] of [
        ["422, the diff takes too long", tooLarge],
        ["422 in other words", message(422, "Validation Failed")],
        ["500", message(500, "Server Error")],
        ["502 with a page of HTML", { status: 502, text: "<html>Unicorn!</html>" }],
        ["503", message(503, "Service unavailable")],
    ] as const) {
        it(`comes from Git's own objects if GitHub answers ${title}`, async () => {
            const answers = {
                [asCommit]: failure,
                [asRef]: pointsTo("tag", object),
                [`${repository}/git/tags/${object}`]: pointsTo("tag", other),
                [`${repository}/git/tags/${other}`]: pointsTo("commit", commit),
            };
            assert.equal(await ask(tag, answers), commit);
            await server.close();
            assert.equal(await ask(tag, { [asCommit]: failure, [asRef]: pointsTo("commit", commit) }), commit);
            await server.close();
            const branch = "heads/main";
            const ofBranch = {
                [`${repository}/commits/${branch}`]: failure,
                [`${repository}/git/ref/${branch}`]: pointsTo("commit", commit),
            };
            assert.equal(await ask(branch, ofBranch), commit);
        });

        it(`comes from the list of commits for a commit or a short name, if GitHub answers ${title}`, async () => {
            const answers = {
                [`${repository}/commits/1111111`]: failure,
                [`${repository}/commits?`]: { body: [{ sha: commit }] },
            };
            assert.equal(await ask("1111111", answers), commit);
        });
    }

    for (const [title, absent] of [
        ["404", message(404, "Not Found")],
        ["409, the repository is empty", message(409, "Git Repository is empty.")],
        ["422, and there is no such ref", message(422, `No commit found for SHA: ${tag}`)],
    ] as const) {
        it(`is undefined if GitHub answers ${title}`, async () => {
            assert.equal(await ask(tag, { [asCommit]: absent }), undefined);
        });
    }

    it("is an error, and not an absent tag, if GitHub refuses", async () => {
        await assert.rejects(ask(tag, { [asCommit]: message(403, "API rate limit exceeded") }), { status: 403 });
    });
});
