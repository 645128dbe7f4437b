import assert from "node:assert/strict";

import { permitted } from "../../cli/release/permission";
import { CommandError } from "../../cli/terminal/exit";
import { GitHub } from "../../clients/github";
import { remedyOf } from "../../explain/githubAnswers";
import { type Answer, type PagedGitHub, startPagedGitHub } from "../support/pagedGitHub";

const now = new Date("2026-11-23T12:00:00Z");
const reset = String(Date.parse("2026-11-23T12:41:07Z") / 1000);
const answer = (status: number, message: string, headers: Answer["headers"] = {}): Answer => ({
    status,
    body: { message },
    headers,
});

/** The test of the doctor and test/cli/terminal/exit.test.ts have the answers that are about a permission. */
describe("An answer with which GitHub refuses a request", () => {
    let server: PagedGitHub;
    const asked = async (answered: Answer) => {
        server = await startPagedGitHub(() => answered);
        return new GitHub({ baseUrl: server.url, owner: "acme" }, "token-of-the-test").deployKeys("fluxcd-apps");
    };
    afterEach(() => server.close());

    const refusals: readonly (readonly [string, Answer, RegExp | undefined])[] = [
        [
            "single sign-on, with its address",
            answer(403, "Resource protected by organization SAML enforcement.", {
                "x-github-sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=A1",
            }),
            /^open https:\/\/github\.com\/orgs\/acme\/sso\?authorization_request=A1 /,
        ],
        [
            "single sign-on, without its address",
            answer(403, "Resource protected by organization SAML enforcement."),
            /Configure SSO/,
        ],
        [
            "a primary rate limit, with its time",
            answer(403, "API rate limit exceeded for user ID 1.", {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": reset,
            }),
            /^wait until 2026-11-23T12:41:07Z, and run this again$/,
        ],
        [
            "a primary rate limit as 429",
            answer(429, "API rate limit exceeded", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }),
            /^wait until 2026-11-23T12:41:07Z/,
        ],
        [
            "a secondary rate limit, with its wait",
            answer(403, "You have exceeded a secondary rate limit.", { "retry-after": "60" }),
            /^wait until 2026-11-23T12:01:00Z/,
        ],
        [
            "a secondary rate limit, without its wait",
            answer(429, "You have exceeded a secondary rate limit."),
            /wait a minute/,
        ],
        [
            "another refusal while requests are left",
            answer(403, "Repository was archived so is read-only.", {
                "x-ratelimit-remaining": "4999",
                "x-ratelimit-reset": reset,
            }),
            /gh repo unarchive acme\/fluxcd-apps/,
        ],
        [
            "an IP allow list",
            answer(403, "the `acme` organization has an IP allow list enabled"),
            /acme\/settings\/security$|from some IP addresses/,
        ],
        ["unknown words", answer(403, "Forbidden by the wind"), undefined],
        ["unknown words with 422", answer(422, "Validation Failed"), undefined],
    ];

    for (const [title, answered, expected] of refusals) {
        it(`has a remedy by what it says, or none: ${title}`, async () => {
            const error: unknown = await asked(answered).then(
                () => assert.fail(),
                (thrown: unknown) => thrown,
            );
            const remedy = remedyOf(error, "dev", now);
            assert.ok(expected === undefined ? remedy === undefined : expected.test(remedy ?? ""), remedy);
            assert.equal(server.asked.length, 1, "it is not asked again");
        });

        it(`is not called a missing permission by a command if its words are known: ${title}`, async () => {
            const request = permitted("read acme/fluxcd-apps", "Contents: read", asked(answered));
            const error: unknown = await request.then(
                () => assert.fail(),
                (thrown: unknown) => thrown,
            );
            if (expected === undefined && answered.status === 422) {
                assert.ok(!(error instanceof CommandError));
                return;
            }
            assert.ok(error instanceof CommandError);
            const [{ expected: words, fix } = assert.fail()] = error.problems;
            assert.ok(words.includes((answered.body as { message: string }).message), words);
            const isToken = title.startsWith("single sign-on, with its");
            assert.equal(isToken, words.startsWith("must be authorized"));
            assert.equal(fix.includes("permission Contents: read"), expected === undefined);
        });
    }
});
