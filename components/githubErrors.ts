import * as pulumi from "@pulumi/pulumi";

import { takeBack } from "./interrupted";

type Explanation = readonly [RegExp, (stack: string) => string];

const explanations: readonly Explanation[] = [
    [
        /name already exists/i,
        (stack) =>
            `A repository of this name is there already. If an update has only just made it, and lost GitHub's answer, run this again. To take over somebody's, with its settings and content: pulumi config set --stack ${stack} fluxcd:repositories adopt`,
    ],
    [
        /name must be unique|already protected/i,
        () =>
            "The rule is there already, made by hand or by a stack that was destroyed. Delete it on GitHub, under Settings, Rules or Branches of the repository, and run this again.",
    ],
    [
        /key is already in use/i,
        (stack) =>
            `An update that was interrupted has registered this key already, and the stack knows nothing of it. Delete the newest key flux-${stack} on GitHub, under Settings, Deploy keys of the repository, and run this again.`,
    ],
    [
        /hook already exists/i,
        (stack) =>
            `An update that was interrupted has made this webhook already, and the stack knows nothing of it. Delete the webhook to the address of fluxcd:webhookUrl of stack ${stack} on GitHub, under Settings, Webhooks of the repository, and run this again.`,
    ],
    [
        /DELETE \S+: 404/,
        (stack) =>
            `GitHub has deleted it already, and the stack has not heard of it: an update was interrupted there, or somebody did. pulumi refresh --stack ${stack}, and run this again.`,
    ],
    [
        /doesn't support update/,
        (stack) =>
            `GitHub has made it, and an update that was interrupted did not hear whether it is whole. pulumi refresh --stack ${stack} looks, and then run this again.`,
    ],
    [
        /url is not supported because it isn't reachable/i,
        (stack) =>
            `GitHub sends to public addresses alone. Set one that leads to the Service webhook-receiver of the cluster: pulumi config set --stack ${stack} fluxcd:webhookUrl https://<host>. Or take it away with pulumi config rm, and Flux looks by itself as before.`,
    ],
    [
        /deploy keys are disabled/i,
        () =>
            "The organization has deploy keys disabled, and Flux reads the repositories with one each. Enable them in the organization's settings under Repository, Deploy keys.",
    ],
    [
        /upgrade to github/i,
        (stack) =>
            `GitHub's plan has no protection for private repositories. Turn it off: pulumi config set --stack ${stack} fluxcd:protectBranch false && pulumi config set --stack ${stack} fluxcd:protectTags false. Or make the repositories public with fluxcd:visibility, or upgrade.`,
    ],
    [
        /not accessible by (personal access token|integration)|must have admin rights/i,
        () => "The token in GITHUB_TOKEN lacks a permission. The README lists what it needs.",
    ],
];

let explaining: pulumi.ErrorHook | undefined;
let resuming: pulumi.ErrorHook | undefined;

/** Says beside GitHub's own words what they mean here, and which config key or step fixes it. Never retries. */
export function explainGitHubErrors(): pulumi.ErrorHook {
    return (explaining ??= new pulumi.ErrorHook("fluxcd:explainGitHubErrors", say));
}

/** The same, and makes again what an interrupted update of this stack has made and not remembered. */
export function resumeOnGitHub(): pulumi.ErrorHook {
    return (resuming ??= new pulumi.ErrorHook(
        "fluxcd:resumeOnGitHub",
        async (args) => (await takeBack(args)) || say(args),
    ));
}

function say({ name, errors }: pulumi.ErrorHookArgs): boolean {
    const explanation = explain(errors[0] ?? "");
    if (explanation !== undefined) {
        void pulumi.log.error(`${name}: ${explanation}`);
    }
    return false;
}

/** What an error of GitHub's means here, or undefined where its own words say enough. */
export function explain(error: string): string | undefined {
    return explanations.find(([pattern]) => pattern.test(error))?.[1](pulumi.getStack());
}
