import { createHash } from "node:crypto";

import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { drawnSecret } from "./drawnSecret";
import { explainFluxErrors } from "./fluxErrors";
import { resumeOnGitHub } from "./githubErrors";

export interface WebhookArgs {
    /** Where GitHub reaches the cluster's Service webhook-receiver: `https://<host>`, without a path. */
    url: string;
    /** Another number gives another secret. */
    generation: pulumi.Input<number>;
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The repository on GitHub that each GitRepository reads, by the name of the GitRepository. */
    repositories: Readonly<Record<string, string>>;
}

/**
 * What makes Flux fetch when something is pushed, and not only when it next looks: a Receiver of this cluster, and a webhook
 * on each repository that tells it, signed with a secret that both know. Another secret is another Receiver at another path:
 * the old one takes deliveries until the webhooks have moved on, and goes at the very end of the update.
 */
export class Webhook extends pulumi.ComponentResource {
    constructor(name: string, args: WebhookArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:github:Webhook", name, args, opts);
        const { url, generation, context, namespace, repositories } = args;
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
                    // The Secret's generated name: a Receiver of the same name would change its path under GitHub's feet.
                    name: secret.metadata.name,
                    namespace,
                    annotations: { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "60" },
                },
                spec: {
                    type: "github",
                    events: ["ping", "push"],
                    secretRef: { name: secret.metadata.name },
                    resources: Object.keys(repositories).map((source) => ({ kind: "GitRepository", name: source })),
                },
            },
            // Flux writes the path into the status.
            { ...child, additionalSecretOutputs: ["status"], hooks: { onError: [explainFluxErrors(context)] } },
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
                { ...child, additionalSecretOutputs: ["configuration"], hooks: { onError: [resumeOnGitHub()] } },
            );
        }
        this.registerOutputs({});
    }
}

/**
 * Where a Receiver listens. Its status says it too, but only in the cluster, and in the clear.
 * https://fluxcd.io/flux/components/notification/receivers/#webhook-path
 */
function webhookPath(token: string, name: string, namespace: string): string {
    const digest = createHash("sha256").update(`${token}${name}${namespace}`);
    return `/hook/${digest.digest("hex")}`;
}
