import { createHash } from "node:crypto";

import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { WebhookSettings } from "../config/webhook";
import { drawnSecret } from "./drawnSecret";
import { firstWait } from "./fluxMetadata";
import type { Hooks } from "./hooks";

export interface WebhookArgs {
    webhook: WebhookSettings;
    /** The namespace that Flux runs in. */
    namespace: pulumi.Input<string>;
    hooks: Pick<Hooks, "waitForFlux" | "resumeOnGitHub">;
}

/**
 * Triggers a fetch at each push, in addition to Flux's interval. It consists of a Receiver in this cluster and a
 * webhook on each repository, signed with a shared secret. A new secret creates a new Receiver at a new path. The old
 * one accepts deliveries until the webhooks use the new one, and is deleted at the end of the update.
 */
export class Webhook extends pulumi.ComponentResource {
    constructor(name: string, args: WebhookArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:github:Webhook", name, args.webhook, opts);
        const { namespace, hooks } = args;
        const { url, generation, repositories } = args.webhook;
        const child = { parent: this };

        const token = drawnSecret(`${name}-token`, generation, child);
        const secret = new k8s.core.v1.Secret(
            `${name}-github`,
            { metadata: { namespace }, immutable: true, stringData: { token } },
            child,
        );
        const receiver = new k8s.apiextensions.CustomResource(
            `${name}-receiver`,
            {
                apiVersion: "notification.toolkit.fluxcd.io/v1",
                kind: "Receiver",
                metadata: {
                    // The Secret's generated name: with a fixed name, the Receiver's path would change while GitHub
                    // still uses the old one.
                    name: secret.metadata.name,
                    namespace,
                    annotations: {
                        "pulumi.com/waitFor": "condition=Ready",
                        "pulumi.com/timeoutSeconds": "60",
                    },
                },
                spec: {
                    type: "github",
                    events: ["ping", "push"],
                    secretRef: { name: secret.metadata.name },
                    resources: Object.keys(repositories).map((source) => ({ kind: "GitRepository", name: source })),
                },
            },
            // The status is secret, because Flux writes the path into it.
            { ...child, ...firstWait, additionalSecretOutputs: ["status"], hooks: { onError: [hooks.waitForFlux] } },
        );
        const path = pulumi.all([token, receiver.metadata.name, namespace]).apply((parts) => webhookPath(...parts));

        for (const repository of new Set(Object.values(repositories))) {
            new github.RepositoryWebhook(
                `${name}-${repository}`,
                {
                    repository,
                    events: ["push"],
                    configuration: {
                        url: pulumi.interpolate`${url}${path}`,
                        contentType: "json",
                        insecureSsl: false,
                        secret: token,
                    },
                },
                { ...child, additionalSecretOutputs: ["configuration"], hooks: { onError: [hooks.resumeOnGitHub] } },
            );
        }
        this.registerOutputs({});
    }
}

/**
 * The path of a Receiver. Its status has the path too, but only in the cluster, and in plain text.
 * https://fluxcd.io/flux/components/notification/receivers/#webhook-path
 */
function webhookPath(token: string, name: string, namespace: string): string {
    const digest = createHash("sha256").update(`${token}${name}${namespace}`);
    return `/hook/${digest.digest("hex")}`;
}
