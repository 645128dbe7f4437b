import { repositoryIn, repositoryPage, settingsPage } from "./githubRequests";

type Explanation = readonly [RegExp, (stack: string, error: string) => string];

const ruled = (error: string, what: string) =>
    `A rule of the repository or its organization ${what}. The rules are on ${repositoryPage(error, "rules", "Rules")}. Let the token's user or App bypass it, or exclude the repository from it, and run this again.`;

const explanations: readonly Explanation[] = [
    [
        /name already exists/i,
        () =>
            "A repository of this name already exists, and the token could not see it when this run started, or somebody has just created it. Give the token access to it if it is yours, and run this again: this stack then keeps its settings and its content.",
    ],
    [
        /name must be unique|already protected/i,
        () =>
            "The rule exists already: it was created by hand, or by a destroyed stack. Delete it on GitHub, under Settings, Rules or Branches of the repository, and run this again.",
    ],
    [
        /key is already in use/i,
        (stack) =>
            `An interrupted update has already registered this key, and the stack's state does not have it. Delete the newest key flux-${stack} on GitHub, under Settings, Deploy keys of the repository, and run this again.`,
    ],
    [
        /hook already exists/i,
        (stack) =>
            `An interrupted update has already created this webhook, and the stack's state does not have it. Delete the webhook to the address of fluxcd:webhook.url of stack ${stack} on GitHub, under Settings, Webhooks of the repository, and run this again.`,
    ],
    [
        /DELETE \S+: 404/,
        (stack) =>
            `GitHub has already deleted it, but the stack's state still has it: an update was interrupted, or somebody deleted it by hand. Run pulumi refresh --stack ${stack}, and run this again.`,
    ],
    [
        /doesn't support update/,
        (stack) =>
            `GitHub has created it, but an interrupted update did not learn whether it is complete. Run pulumi refresh --stack ${stack} to read it, and run this again.`,
    ],
    [
        /url is not supported because it isn't reachable/i,
        (stack) =>
            `GitHub sends webhooks only to public addresses. Set one that leads to the Service webhook-receiver of the cluster: pulumi config set --stack ${stack} --path 'fluxcd:webhook.url' https://<host>. Or remove it with pulumi config rm, and Flux polls as before.`,
    ],
    [
        /deploy keys are disabled/i,
        () =>
            "The organization has deploy keys disabled, and Flux reads each repository with a deploy key. Enable them in the organization's settings under Repository, Deploy keys.",
    ],
    [
        /upgrade to github/i,
        (stack) =>
            `GitHub's plan has no protection for private repositories. Turn it off: pulumi config set --stack ${stack} --path 'fluxcd:protection.branch' false && pulumi config set --stack ${stack} --path 'fluxcd:protection.tags' false. Or make the repositories public with fluxcd:visibility, or upgrade.`,
    ],
    // GitHub's words for rules: https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
    [
        /verified signatures/i,
        (_, error) => ruled(error, "requires signed commits or tags, and the program does not sign its own"),
    ],
    [
        /through (a pull request|the merge queue)/i,
        (_, error) => ruled(error, "allows changes only by pull request, and the program pushes"),
    ],
    [
        /repository name .*(policy|pattern|match)/i,
        (_, error) =>
            `A policy of the organization restricts the names of repositories. It is on ${settingsPage(error, "repository-policies", "Repository, Policies")}. Give the source a name that fits, with repository in fluxcd:sources, or ask an owner for an exception.`,
    ],
    [
        /(branch|tag) name must|name must (not )?(match|start|end|contain)/i,
        (_, error) => ruled(error, "allows only some names, and this one does not fit"),
    ],
    [
        /(message|email|author) must (not )?(match|start|end|contain)/i,
        (_, error) => ruled(error, "restricts the message or the author of commits"),
    ],
    [
        /required workflow|required status check/i,
        (_, error) => ruled(error, "requires a check or workflow to pass before a push"),
    ],
    [
        /(creations|updates|deletions) being restricted|update this protected ref/i,
        (_, error) => ruled(error, "restricts who may create, update or delete this branch or tag"),
    ],
    [
        /repository rule violations|due to repository rule/i,
        (_, error) => ruled(error, "refuses this; GitHub's words name the rule"),
    ],
    [
        /protected branch hook declined/i,
        (_, error) =>
            `The branch is protected, and the token may not push to it. Look at ${repositoryPage(error, "settings/branches", "Settings, Branches")}, and run this again.`,
    ],
    [
        /enforced security configuration/i,
        (_, error) =>
            `The organization enforces a security configuration, which decides this setting, and the program must not change it. Ask an owner to exempt the repository or to stop enforcing it, on ${settingsPage(error, "security_products", "Advanced Security, Configurations")}, and run this again.`,
    ],
    [
        /repository was archived/i,
        (_, error) =>
            `The repository is archived, so nothing in it can change. Run gh repo unarchive ${repositoryIn(error)}, and run this again.`,
    ],
    [
        /(permission|access) .*(to create|adding a) .*repositor/i,
        (_, error) =>
            `The organization lets only some members create repositories. Ask an owner to create it, or to allow it on ${settingsPage(error, "member_privileges", "Member privileges")}, and run this again.`,
    ],
    [
        /visibility .*(not allowed|can'?t be|disabled)|set visibility to|(private|public|internal) repositories (is|are) (disabled|not allowed)/i,
        (stack) =>
            `The organization or its plan does not allow this visibility. Choose another one, private, internal or public: pulumi config set --stack ${stack} fluxcd:visibility <visibility>`,
    ],
    [
        /saml enforcement|single sign-on/i,
        () =>
            "The organization has single sign-on, and the token is not authorized for it. Open https://github.com/settings/tokens, Configure SSO next to the token, and authorize it for the organization; a token of gh needs gh auth refresh. Then run this again.",
    ],
    [
        /ip allow list/i,
        (_, error) =>
            `The organization accepts requests only from some IP addresses, and this machine's is not among them. Use an allowed network, or ask an owner to add the address on ${settingsPage(error, "security", "Authentication security")}`,
    ],
    [
        /oauth app access restrictions/i,
        (_, error) =>
            `The organization has not approved the OAuth App of this token, such as the GitHub CLI. Ask an owner to approve it on ${settingsPage(error, "oauth_application_policy", "OAuth app policy")}, or use a personal access token.`,
    ],
    [
        /token's lifetime/i,
        () =>
            "The organization does not accept a token that lives that long. Give the token an earlier expiry, on the page that GitHub names, and run this again.",
    ],
    [
        /forbids access via a/i,
        () =>
            "The organization does not accept this kind of token. GitHub's words name the kinds that it accepts; docs/github-token.md lists the permissions that it needs.",
    ],
    [
        /without `?workflows?`? (scope|permission)/i,
        () =>
            "The token may not write workflow files, which the first content has. docs/github-token.md says which scope or permission allows it.",
    ],
    [
        /secondary rate limit|abuse detection/i,
        () =>
            "Too many requests came at once. GitHub's words or its header Retry-After say how long to wait; without them, wait a minute, and run this again.",
    ],
    [
        /rate limit (of \d+ still )?exceeded/i,
        () =>
            "The token's requests of this hour are used up. gh api rate_limit shows when they are renewed; wait for that, and run this again.",
    ],
    [
        /(installation|account) (has been|was|is) suspended/i,
        () =>
            "GitHub has suspended the account, or an owner has suspended the GitHub App's installation. For an App, an owner unsuspends it in the organization's settings under GitHub Apps, Configure.",
    ],
    [
        /enterprise managed user/i,
        () =>
            "The token's user belongs to an enterprise, and may not use repositories outside of it. Set github:owner to an organization of that enterprise, or use the token of another user.",
    ],
    [
        /cannot have more than \d+ hooks/i,
        (_, error) =>
            `The repository has as many webhooks as GitHub allows. Delete an unused one on ${repositoryPage(error, "settings/hooks", "Settings, Webhooks")}, and run this again.`,
    ],
    [
        /\/rulesets: 404|doesn't (accept argument|exist on type)/i,
        (stack) =>
            `This GitHub does not have the rule: GitHub Enterprise Server is too old for it, or the token may not administer the repository. Without rules for tags: pulumi config set --stack ${stack} --path 'fluxcd:protection.tags' false. Without rules for the branch: the same with fluxcd:protection.branch.`,
    ],
    [
        /not accessible by (personal access token|integration)|must have admin rights/i,
        () =>
            "The token in GITHUB_TOKEN lacks a permission, or an owner of the organization has not approved it yet. docs/github-token.md lists the permissions that it needs.",
    ],
];

/** Explains an error of GitHub's API in terms of this program; undefined if the message is clear enough. */
export function explainGitHubError(error: string, stack: string): string | undefined {
    return explanations.find(([pattern]) => pattern.test(error))?.[1](stack, error);
}
