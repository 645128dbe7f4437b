import assert from "node:assert/strict";

import { CommanderError } from "commander";

import { CommandError, exitCodeOf, exitCodes, problemsFound, wordsOf, wrongUsage } from "../../../cli/terminal/exit";
import { missingPermission } from "../../../cli/release/permission";

const problem = { key: "fluxcd:sources.apps.tag", expected: "expected another", fix: "fix it" };

describe("The exit code of a command", () => {
    it("is 1 after a failure", () => {
        assert.equal(exitCodeOf(new Error("no network")), 1);
        assert.equal(exitCodeOf(new CommandError(exitCodes.failed, "no network")), 1);
    });

    it("is 2 after wrong usage or invalid configuration", () => {
        assert.equal(exitCodeOf(wrongUsage("no such version")), 2);
        assert.equal(exitCodeOf(problemsFound("not valid", [problem])), 2);
        assert.equal(exitCodeOf(new CommanderError(1, "commander.missingArgument", "missing")), 2);
    });

    it("is 3 if a rule refuses the release, even if there are other problems", () => {
        assert.equal(exitCodeOf(problemsFound("refused", [problem, { ...problem, refusal: "soak" }])), 3);
    });

    it("is 0 after help", () => {
        assert.equal(exitCodeOf(new CommanderError(0, "commander.helpDisplayed", "")), 0);
    });

    it("comes with one message, and with none if the parser has already printed it", () => {
        assert.match(
            wordsOf(problemsFound("Not valid.", [problem])),
            /^Not valid\.\n\n {2}fluxcd:sources\.apps\.tag\n.*\n.*fix it/,
        );
        assert.equal(wordsOf(new CommanderError(1, "commander.missingArgument", "said already")), "");
        assert.equal(wordsOf(new Error("no network")), "no network");
    });
});

describe("A missing permission", () => {
    it("is named as a permission for a fine-grained token or an App's token", () => {
        const headers = { "x-accepted-github-permissions": "contents=write" };
        const { expected, fix } = missingPermission("Contents: write", "Resource not accessible", headers);
        assert.match(expected, /Resource not accessible \(GitHub accepts contents=write\)/);
        assert.match(fix, /Contents: write/);
    });

    it("is named as a scope for a classic token", () => {
        const headers = { "x-oauth-scopes": "", "x-accepted-oauth-scopes": "" };
        const { expected, fix } = missingPermission("Pull requests: write", "Not Found", headers);
        assert.match(expected, /scopes \(none\), but this needs repo: Not Found/);
        assert.match(fix, /--scopes repo/);
    });

    it("names the single sign-on page if the organization requires single sign-on", () => {
        const headers = { "x-github-sso": "required; url=https://github.com/orgs/octo/sso?x=1" };
        const { fix } = missingPermission("Contents: write", "Resource protected by organization SAML", headers);
        assert.equal(fix, "open https://github.com/orgs/octo/sso?x=1");
    });
});
