import assert from "node:assert/strict";

import { CommanderError } from "commander";

import { CommandError, exitCodeOf, exitCodes, problemsFound, wordsOf, wrongUsage } from "../../../cli/terminal/exit";
import { missingPermission } from "../../../cli/release/permission";

const problem = { key: "fluxcd:sources.apps.tag", expected: "expected another", fix: "fix it" };

describe("the exit code of a command", () => {
    it("is 1 for what failed", () => {
        assert.equal(exitCodeOf(new Error("no network")), 1);
        assert.equal(exitCodeOf(new CommandError(exitCodes.failed, "no network")), 1);
    });

    it("is 2 for wrong usage and configuration", () => {
        assert.equal(exitCodeOf(wrongUsage("no such version")), 2);
        assert.equal(exitCodeOf(problemsFound("not valid", [problem])), 2);
        assert.equal(exitCodeOf(new CommanderError(1, "commander.missingArgument", "missing")), 2);
    });

    it("is 3 for what a rule refuses, also beside other problems", () => {
        assert.equal(exitCodeOf(problemsFound("refused", [problem, { ...problem, refusal: "soak" }])), 3);
    });

    it("is 0 for help", () => {
        assert.equal(exitCodeOf(new CommanderError(0, "commander.helpDisplayed", "")), 0);
    });

    it("comes with words, once", () => {
        assert.match(
            wordsOf(problemsFound("Not valid.", [problem])),
            /^Not valid\.\n\n {2}fluxcd:sources\.apps\.tag\n.*\n.*fix it/,
        );
        assert.equal(wordsOf(new CommanderError(1, "commander.missingArgument", "said already")), "");
        assert.equal(wordsOf(new Error("no network")), "no network");
    });
});

describe("a missing permission", () => {
    it("is named for a fine-grained token and an App's", () => {
        const headers = { "x-accepted-github-permissions": "contents=write" };
        const { expected, fix } = missingPermission("Contents: write", "Resource not accessible", headers);
        assert.match(expected, /Resource not accessible \(GitHub accepts contents=write\)/);
        assert.match(fix, /Contents: write/);
    });

    it("is a scope for a classic token", () => {
        const headers = { "x-oauth-scopes": "", "x-accepted-oauth-scopes": "" };
        const { expected, fix } = missingPermission("Pull requests: write", "Not Found", headers);
        assert.match(expected, /scopes \(none\), and this takes repo: Not Found/);
        assert.match(fix, /--scopes repo/);
    });

    it("may be single sign-on", () => {
        const headers = { "x-github-sso": "required; url=https://github.com/orgs/octo/sso?x=1" };
        const { fix } = missingPermission("Contents: write", "Resource protected by organization SAML", headers);
        assert.equal(fix, "open https://github.com/orgs/octo/sso?x=1");
    });
});
