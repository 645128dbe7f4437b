type Explanation = readonly [RegExp, (stack: string) => string];

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
    [
        /not accessible by (personal access token|integration)|must have admin rights/i,
        () => "The token in GITHUB_TOKEN lacks a permission. The README lists the permissions that it needs.",
    ],
];

/** Explains an error of GitHub's API in terms of this program; undefined if the message is clear enough. */
export function explainGitHubError(error: string, stack: string): string | undefined {
    return explanations.find(([pattern]) => pattern.test(error))?.[1](stack);
}
