import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { scratchFolder } from "../support/scratch";
import { base, pullRequest, type Result, runScript, scriptOf } from "../support/workflowScript";

describe("check.yaml, for a pull request", function () {
    this.timeout(60_000);

    const changes = scriptOf("check.yaml", "check", "Look for changes other than in stack files");
    const entry = scriptOf("check.yaml", "check", "Ask for an entry in CHANGELOG.md");
    const text = "config: { changed: true }\n";

    for (const [title, change, only] of [
        ["one stack file", { "Pulumi.production.yaml": text }, true],
        ["several stack files", { "Pulumi.dev.yaml": text, "Pulumi.production.yaml": text }, true],
        ["a new stack file", { "Pulumi.production-eu_1.yaml": text }, true],
        ["a deleted stack file", { "Pulumi.dev.yaml": undefined }, true],
        ["the project file", { "Pulumi.yaml": text }, false],
        ["a stack file and the program", { "Pulumi.dev.yaml": text, "index.ts": "" }, false],
        ["the program in the first of two commits", { "index.ts": "", "Pulumi.dev.yaml": text }, false],
        ["a file of the same name in another folder", { "docs/Pulumi.dev.yaml": text }, false],
        ["a file that ends like a stack file", { "notPulumi.dev.yaml": text }, false],
        ["a file that begins like a stack file", { "Pulumi.dev.yaml.ts": text }, false],
        ["a name with a line break in it", { "a\nPulumi.dev.yaml": text, "Pulumi.dev.yaml": text }, false],
        ["a name with a quote in it", { 'Pulumi."x".yaml': text }, false],
        [
            "another file renamed to a stack file",
            { "Pulumi.new.yaml": base["scaffold/apps.yaml"], "scaffold/apps.yaml": undefined },
            false,
        ],
        ["nothing", {}, false],
    ] as const) {
        it(`${only ? "runs no tests" : "runs the tests"} if it changes ${title}`, async () => {
            const folder = pullRequest(change);
            const output = join(scratchFolder(), "output");
            writeFileSync(output, "");
            const result = await runScript(changes, folder, { GITHUB_OUTPUT: output });
            assert.equal(result.code, 0, result.output);
            assert.equal(readFileSync(output, "utf8"), only ? "only-stack-files=true\n" : "");
        });
    }

    it("fails if it cannot see what is changed", async () => {
        const folder = scratchFolder();
        execFileSync("git", ["init", "--quiet"], { cwd: folder });
        assert.notEqual((await runScript(changes, folder, { GITHUB_OUTPUT: join(folder, "output") })).code, 0);
    });

    const golden = { "test/golden/staging.json": "[1]\n" };
    for (const [title, change, refused] of [
        ["a golden file alone", golden, true],
        ["a golden file and code", { ...golden, "index.ts": "" }, true],
        ["a new golden file", { "test/golden/qa.json": "[]\n" }, true],
        ["a deleted golden file", { "test/golden/staging.json": undefined }, true],
        ["a golden file and the change log", { ...golden, "CHANGELOG.md": "# Change log\n\nAn entry.\n" }, false],
        ["how golden files are written", { "test/golden/write.ts": "" }, false],
        ["code alone", { "index.ts": "" }, false],
        ["the change log alone", { "CHANGELOG.md": "" }, false],
    ] as const) {
        it(`${refused ? "asks" : "does not ask"} for an entry in CHANGELOG.md if it changes ${title}`, async () => {
            const { code, output } = await runScript(entry, pullRequest(change), {});
            assert.equal(code, refused ? 1 : 0, output);
            assert.equal(output, refused ? output : "");
            assert.equal(output.includes("::error::"), refused);
        });
    }
});

describe("up.yaml, for production", function () {
    this.timeout(60_000);

    const script = scriptOf("up.yaml", "production", "Refuse an environment without required reviewers");
    const token = "token-of-the-job";
    let server: Server;
    let answer: { readonly status: number; readonly body: string };
    let asked: (string | undefined)[];

    before(async () => {
        server = createServer((request, response) => {
            asked.push(`${request.method ?? ""} ${request.url ?? ""}`, request.headers.authorization);
            response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(() => server.close());

    function runStep(status: number, body: string): Promise<Result> {
        answer = { status, body };
        asked = [];
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        return runScript(script, scratchFolder(), {
            GH_TOKEN: token,
            GITHUB_API_URL: url,
            GITHUB_REPOSITORY: "somebody/fluxcd",
        });
    }

    const environment = (...rules: object[]) => ({ id: 1, name: "production", protection_rules: rules });
    const person = { type: "User", reviewer: { login: "somebody" } };
    const reviewers = { id: 2, type: "required_reviewers", prevent_self_review: false, reviewers: [person] };
    const timer = { id: 3, type: "wait_timer", wait_timer: 30 };
    const branches = { id: 4, type: "branch_policy" };

    for (const [title, body] of [
        ["reviewers", JSON.stringify(environment(reviewers))],
        ["reviewers among other rules", JSON.stringify(environment(timer, branches, reviewers))],
        ["reviewers, in an answer with white space", JSON.stringify(environment(reviewers), undefined, 2)],
    ] as const) {
        it(`runs with ${title}`, async () => {
            const { code, output } = await runStep(200, body);
            assert.equal(code, 0, output);
            assert.equal(output, "");
            assert.deepEqual(asked, ["GET /repos/somebody/fluxcd/environments/production", `Bearer ${token}`]);
        });
    }

    for (const [title, body] of [
        ["no rule", environment()],
        ["no list of rules", { id: 1, name: "production" }],
        ["only a timer", environment(timer)],
        ["only a rule for branches", environment(branches)],
        ["a name that looks like the rule", { ...environment(timer), name: '"type":"required_reviewers"' }],
    ] as const) {
        it(`is refused with ${title}, and says how to fix it`, async () => {
            const { code, output } = await runStep(200, JSON.stringify(body));
            assert.equal(code, 1);
            assert.match(
                output,
                /^::error::The GitHub environment production has no required reviewers.* fix: add them/,
            );
        });
    }

    for (const [status, message] of [
        [401, "Bad credentials"],
        [403, "Resource not accessible by integration"],
        [404, "Not Found"],
    ] as const) {
        it(`is refused with GitHub's words, and without the token, if the answer is ${status}`, async () => {
            const { code, output } = await runStep(status, JSON.stringify({ message }));
            assert.equal(code, 1);
            assert.ok(output.includes(message), output);
            assert.ok(!output.includes(token), output);
        });
    }
});
