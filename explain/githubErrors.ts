type Explanation = readonly [RegExp, (stack: string) => string];

const explanations: readonly Explanation[] = [
    [
        /name already exists/i,
        (stack) =>
            `A repository of this name exists already. If an update has just created it, and lost GitHub's answer, run this again. To take over somebody's, with its settings and content: pulumi config set --stack ${stack} fluxcd:repositories adopt`,
    ],
    [
        /name must be unique|already protected/i,
        () =>
            "The rule exists already, created by hand or by a stack that was destroyed. Delete it on GitHub, under Settings, Rules or Branches of the repository, and run this again.",
    ],
    [
        /key is already in use/i,
        (stack) =>
            `An update that was interrupted has registered this key already, and the stack knows nothing of it. Delete the newest key flux-${stack} on GitHub, under Settings, Deploy keys of the repository, and run this again.`,
    ],
    [
        /hook already exists/i,
        (stack) =>
            `An update that was interrupted has made this webhook already, and the stack knows nothing of it. Delete the webhook to the address of fluxcd:webhook.url of stack ${stack} on GitHub, under Settings, Webhooks of the repository, and run this again.`,
    ],
    [
        /DELETE \S+: 404/,
        (stack) =>
            `GitHub has deleted it already, and the stack has not heard of it: an update was interrupted there, or somebody did. pulumi refresh --stack ${stack}, and run this again.`,
    ],
    [
        /doesn't support update/,
        (stack) =>
            `GitHub has created it, and an interrupted update did not learn whether it is complete. pulumi refresh --stack ${stack} looks, and then run this again.`,
    ],
    [
        /url is not supported because it isn't reachable/i,
        (stack) =>
            `GitHub sends to public addresses alone. Set one that leads to the Service webhook-receiver of the cluster: pulumi config set --stack ${stack} --path 'fluxcd:webhook.url' https://<host>. Or remove it with pulumi config rm, and Flux polls as before.`,
    ],
    [
        /deploy keys are disabled/i,
        () =>
            "The organization has deploy keys disabled, and Flux reads the repositories with one each. Enable them in the organization's settings under Repository, Deploy keys.",
    ],
    [
        /upgrade to github/i,
        (stack) =>
            `GitHub's plan has no protection for private repositories. Turn it off: pulumi config set --stack ${stack} --path 'fluxcd:protection.branch' false && pulumi config set --stack ${stack} --path 'fluxcd:protection.tags' false. Or make the repositories public with fluxcd:visibility, or upgrade.`,
    ],
    [
        /not accessible by (personal access token|integration)|must have admin rights/i,
        () => "The token in GITHUB_TOKEN lacks a permission. The README lists what it needs.",
    ],
];

/** Explains an error of GitHub's API in terms of this program; undefined if the message is clear enough. */
export function explainGitHubError(error: string, stack: string): string | undefined {
    return explanations.find(([pattern]) => pattern.test(error))?.[1](stack);
}
