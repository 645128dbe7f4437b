import assert from "node:assert/strict";

import { type Here, runsHere } from "../../domain/here";

const dotCom: Here = { stackPrefix: "", githubBaseUrl: "https://api.github.com/" };
const acme: Here = { ...dotCom, stackPrefix: "acme/" };
const enterprise: Here = { ...dotCom, githubBaseUrl: "https://ghe.example.com/" };
const residency: Here = { ...dotCom, githubBaseUrl: "https://api.octocorp.ghe.com/" };
const lab: Here = { ...dotCom, githubBaseUrl: "http://127.0.0.1:31940/" };

const table: readonly (readonly [string, Here, string])[] = [
    ["pulumi up --stack staging", dotCom, "pulumi up --stack staging"],
    ["pulumi up --stack staging", acme, "pulumi up --stack acme/staging"],
    ["run pulumi up -s dev to create it", acme, "run pulumi up -s acme/dev to create it"],
    ["pulumi up -s a.b_c-d", acme, "pulumi up -s acme/a.b_c-d"],
    ["pulumi up --stack <stack>", acme, "pulumi up --stack <stack>"],
    ["pulumi up --stack acme/staging", acme, "pulumi up --stack acme/staging"],
    ["pulumi up --stack acme/fluxcd/staging", acme, "pulumi up --stack acme/fluxcd/staging"],
    [
        "pulumi config set --stack dev a b && pulumi up --stack dev --refresh",
        { ...acme, stackPrefix: "acme/fluxcd/" },
        "pulumi config set --stack acme/fluxcd/dev a b && pulumi up --stack acme/fluxcd/dev --refresh",
    ],
    ["pulumi stack init dev --no-select", acme, "pulumi stack init acme/dev --no-select"],
    ["npx fluxcd promote production 1.2.3", acme, "npx fluxcd promote acme/production 1.2.3"],
    ["npx fluxcd rollback production --source apps", acme, "npx fluxcd rollback acme/production --source apps"],
    ["kubectl --context dev -n flux-system get ns", acme, "kubectl --context dev -n flux-system get ns"],
    ["gh auth token", dotCom, "gh auth token"],
    [
        "export GITHUB_TOKEN=$(gh auth token)",
        enterprise,
        "export GITHUB_TOKEN=$(gh auth token --hostname ghe.example.com)",
    ],
    [
        "gh auth refresh --scopes repo && env -u GITHUB_TOKEN gh auth token",
        residency,
        "gh auth refresh --hostname octocorp.ghe.com --scopes repo && env -u GITHUB_TOKEN gh auth token --hostname octocorp.ghe.com",
    ],
    ["gh auth token --hostname other", enterprise, "gh auth token --hostname other"],
    ["open https://github.com/settings/tokens", residency, "open https://octocorp.ghe.com/settings/tokens"],
    ["gh auth token", lab, "gh auth token"],
];

describe("A command in a message", () => {
    for (const [text, here, expected] of table) {
        it(`runs with ${here.stackPrefix || here.githubBaseUrl}: ${text}`, () => {
            assert.equal(runsHere(text, here), expected);
        });
    }
});
