import assert from "node:assert/strict";

import { explainGitHubError } from "../../explain/githubErrors";
import { pushError } from "../../explain/pushErrors";

const api = "https://api.github.com";
const apps = "https://api.github.com/repos/acme/fluxcd-apps";
const ruleset = "422 Repository rule violations found\n\n";
const credentials =
    "403 Although you appear to have the correct authorization credentials, the `acme` organization has";

describe("explainGitHubError", () => {
    for (const [error, says] of [
        [
            `POST ${apps}/git/refs: ${ruleset}Cannot create ref due to creations being restricted. []`,
            "restricts who may create",
        ],
        [`${ruleset}Commits must have verified signatures.`, "requires signed commits"],
        [`${ruleset}Changes must be made through a pull request.`, "only by pull request"],
        [`${ruleset}Changes must be made through the merge queue`, "only by pull request"],
        [`${ruleset}Branch name must match a given regex pattern: ^(main|feature/.+)$`, "allows only some names"],
        [`${ruleset}Tag name must start with a matching pattern: v`, "allows only some names"],
        [`${ruleset}Commit message must match a given regex pattern: JIRA-\\d+`, "restricts the message"],
        [`${ruleset}Committer email must end with @acme.com`, "restricts the message or the author"],
        [`${ruleset}Required workflow 'audit' is not satisfied`, "requires a check or workflow"],
        [
            'remote: error: GH006: Protected branch update failed. Required status check "build" is expected.',
            "requires a check",
        ],
        [
            "! [remote rejected] main -> main (push declined due to repository rule violations)",
            "GitHub's words name the rule",
        ],
        ["! [remote rejected] main -> main (protected branch hook declined)", "may not push to it"],
        [
            `PATCH ${apps}: 422 An enforced security configuration prevented modifying advanced security enablement. Contact your organization owner for details. []`,
            "https://github.com/organizations/acme/settings/security_products",
        ],
        [`PUT ${apps}/keys: 403 Repository was archived so is read-only. []`, "gh repo unarchive acme/fluxcd-apps"],
        ["ERROR: This repository was archived so it is read-only.", "gh repo unarchive <owner>/<repository>"],
        [
            `POST ${api}/orgs/acme/repos: 403 You need admin access to the organization before adding a repository to it. []`,
            "https://github.com/organizations/acme/settings/member_privileges",
        ],
        [
            "422 Repository creation failed. You don't have permission to create private repositories on acme",
            "only some members create repositories",
        ],
        [
            `POST ${api}/orgs/acme/repos: 422 Repository creation failed. Repository name must match the pattern ^svc- []`,
            "https://github.com/organizations/acme/settings/repository-policies",
        ],
        [
            "422 Validation Failed [{Visibility can't be private. Please try another.}]",
            "pulumi config set --stack dev fluxcd:visibility",
        ],
        ["422 Only organizations associated with an enterprise can set visibility to internal", "fluxcd:visibility"],
        [
            `GET ${apps}: 403 Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization. []`,
            "Configure SSO",
        ],
        [
            `GET ${apps}: ${credentials} an IP allow list enabled, and 192.0.2.1 is not permitted to access this resource. []`,
            "https://github.com/organizations/acme/settings/security",
        ],
        [
            `GET ${apps}: ${credentials} enabled OAuth App access restrictions, meaning that data access to third-parties is limited. []`,
            "https://github.com/organizations/acme/settings/oauth_application_policy",
        ],
        [
            "403 The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/1",
            "an earlier expiry",
        ],
        [
            "403 `acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.",
            "does not accept this kind of token",
        ],
        [
            "403 `acme` forbids access via a personal access token with fine-grained permissions. Please use a GitHub App, or an OAuth App.",
            "does not accept this kind of token",
        ],
        [
            "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/a.yaml` without `workflow` scope",
            "may not write workflow files",
        ],
        [
            "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yaml` without `workflows` permission",
            "may not write workflow files",
        ],
        [
            "403 You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            "Too many requests",
        ],
        ["403 You have triggered an abuse detection mechanism.", "Too many requests"],
        ["403 API rate limit exceeded for user ID 1. []", "gh api rate_limit"],
        [
            "403 API rate limit of 5000 still exceeded until 2026-11-23 12:00:00 +0000 UTC, not making remote request. [rate reset in 29m]",
            "gh api rate_limit",
        ],
        ["403 This installation has been suspended", "GitHub App's installation"],
        ["403 Sorry. Your account was suspended", "suspended the account"],
        ["403 As an Enterprise Managed User, you cannot access this content", "belongs to an enterprise"],
        [
            `POST ${apps}/hooks: 422 Validation Failed [{Resource:Hook Message:The "push" event cannot have more than 20 hooks}]`,
            "https://github.com/acme/fluxcd-apps/settings/hooks",
        ],
        [
            "POST https://ghe.acme.com/api/v3/repos/acme/fluxcd-apps/rulesets: 404 Not Found []",
            "'fluxcd:protection.tags' false",
        ],
        [
            "InputObject 'CreateBranchProtectionRuleInput' doesn't accept argument 'lockBranch'",
            "fluxcd:protection.branch",
        ],
        ["403 Resource not accessible by integration", "lacks a permission"],
        ["403 Must have admin rights to Repository.", "lacks a permission"],
        [
            "404 Upgrade to GitHub Team or make this repository public to enable this feature.",
            "'fluxcd:protection.branch' false",
        ],
    ] as const) {
        it(`explains: ${error.replaceAll(/\s+/g, " ")}`, () => {
            const explained = explainGitHubError(error, "dev");
            assert.ok(explained?.includes(says), explained);
        });
    }

    it("names the pages of a GitHub Enterprise Server", () => {
        const error = `POST https://ghe.acme.com/api/v3/repos/team/fluxcd-apps/git/refs: ${ruleset}`;
        assert.ok(explainGitHubError(error, "dev")?.includes("https://ghe.acme.com/team/fluxcd-apps/rules"));
        const inGeneral = explainGitHubError(ruleset, "dev");
        assert.ok(inGeneral?.includes("the repository's page under Rules"), inGeneral);
    });

    for (const error of [
        "422 Validation Failed [{Resource:Repository Field:description Code:custom Message:is too long}]",
        "403 Forbidden",
        '422 Invalid request.\n\n"required_reviewers" wasn\'t supplied.',
        "409 Conflict",
        "500 Server Error",
        "404 Not Found",
    ]) {
        it(`does not guess: ${error.replaceAll(/\s+/g, " ")}`, () => {
            assert.equal(explainGitHubError(error, "dev"), undefined);
        });
    }
});

describe("The error of a push of the first content", () => {
    const url = "https://github.com/acme/fluxcd-apps.git";
    const declined = new Error(
        "One or more branches were not updated:\n  - main: push declined due to repository rule violations",
    );

    it("has the words that GitHub prints beside Git's, and the meaning of them", () => {
        const printed = [
            "error: GH013: Repository rule violations found for refs/heads/main.        ",
            "\n",
            "- Commits must have verified signatures.\n",
        ];
        const { message } = pushError(url, declined, printed);
        assert.ok(message.startsWith(`${url}: One or more branches were not updated`), message);
        assert.match(message, /\n- Commits must have verified signatures\.\n/);
        assert.match(message, /requires signed commits.*https:\/\/github\.com\/acme\/fluxcd-apps\/rules/);
    });

    it("has the answer to a refused push", () => {
        const data = { statusCode: 403, response: "remote: This repository was archived so it is read-only." };
        const { message } = pushError(url, Object.assign(new Error("HTTP Error: 403 Forbidden"), { data }), []);
        assert.match(message, /HTTP Error: 403 Forbidden\nremote: This repository was archived/);
        assert.match(message, /gh repo unarchive acme\/fluxcd-apps/);
    });

    it("has only Git's words if nothing else is known", () => {
        assert.equal(pushError(url, new Error("socket hang up"), []).message, `${url}: socket hang up`);
    });
});
