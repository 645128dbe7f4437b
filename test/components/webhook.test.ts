import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { Webhook } from "../../components/webhook";
import { explainGitHubError } from "../../explain/githubErrors";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { hooks } from "../support/fluxObjects";
import { settled } from "../support/program";

const token = "webhooktoken".padEnd(64, "x");
const secretOf = (value: unknown) => ({ ...secretEnvelope, value });

describe("Webhook", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
        new Webhook("webhook", {
            webhook: {
                url: "https://flux.dev.example.com",
                generation: 3,
                repositories: {
                    infrastructure: "fluxcd-infrastructure",
                    apps: "fluxcd-apps",
                    preview: "fluxcd-apps",
                },
            },
            namespace: "flux-system",
            hooks: hooks(),
        });
        await settled();
    });

    it("draws a new secret for each generation", () => {
        const { inputs } = engine.one("random:index/randomPassword:RandomPassword", "webhook-token");
        assert.deepEqual(inputs, { length: 64, special: false, keepers: { generation: "3" } });
    });

    it("stores the secret in an immutable Secret with a generated name", () => {
        const { inputs } = engine.one("kubernetes:core/v1:Secret", "webhook-github");
        assert.deepEqual(inputs.metadata, { namespace: "flux-system" });
        assert.equal(inputs.immutable, true);
        assert.deepEqual(inputs.stringData, secretOf({ token }));
    });

    it("creates a Receiver with the Secret's name that makes Flux fetch every source", () => {
        const { inputs } = engine.one("kubernetes:notification.toolkit.fluxcd.io/v1:Receiver", "webhook-receiver");
        assert.deepEqual(inputs.metadata, {
            name: "webhook-github-1a2b3c4d",
            namespace: "flux-system",
            annotations: { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "60" },
        });
        assert.deepEqual(inputs.spec, {
            type: "github",
            events: ["ping", "push"],
            secretRef: { name: "webhook-github-1a2b3c4d" },
            resources: [
                { kind: "GitRepository", name: "infrastructure" },
                { kind: "GitRepository", name: "apps" },
                { kind: "GitRepository", name: "preview" },
            ],
        });
    });

    for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
        it(`points ${repository} to the Receiver's path, which is derived from the secret`, () => {
            const hook = engine.one("github:index/repositoryWebhook:RepositoryWebhook", `webhook-${repository}`);
            const name = "webhook-github-1a2b3c4d";
            const digest = createHash("sha256").update(`${token}${name}flux-system`).digest("hex");
            assert.deepEqual(hook.inputs, {
                repository,
                events: ["push"],
                configuration: {
                    url: secretOf(`https://flux.dev.example.com/hook/${digest}`),
                    contentType: "json",
                    insecureSsl: false,
                    secret: secretOf(token),
                },
            });
            const { dependsOn } = hook.options as { dependsOn: string[] };
            assert.ok(dependsOn.includes("webhook-receiver"), dependsOn.join(", "));
        });
    }

    it("creates one webhook for each repository, however many sources use it", () => {
        assert.equal(engine.ofType("github:index/repositoryWebhook:RepositoryWebhook").length, 2);
    });

    it("shows the secret only in encrypted values", () => {
        const inClear = JSON.stringify(engine.registered, (_, value: unknown) =>
            typeof value === "object" && value !== null && Object.keys(secretEnvelope).every((it) => it in value)
                ? "[secret]"
                : value,
        );
        assert.ok(!inClear.includes(token) && !inClear.includes("/hook/"), inClear);
    });
});

describe("explainGitHubError", () => {
    const refusals: [string, string][] = [
        ["Hook already exists on this repository", "fluxcd:webhook.url of stack dev"],
        [
            "url is not supported because it isn't reachable over the public Internet (localhost)",
            "pulumi config set --stack dev --path 'fluxcd:webhook.url'",
        ],
    ];
    for (const [says, fix] of refusals) {
        it(`explains: ${says}`, () => {
            const error = `POST https://api.github.com/repos/misua/fluxcd-apps/hooks: 422 Validation Failed [{Resource:Hook Field: Code:custom Message:${says}}]`;
            const explained = explainGitHubError(error, "dev");
            assert.ok(explained?.includes(fix), explained);
        });
    }
});
