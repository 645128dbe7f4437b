import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Notifications } from "../config/notifications";

export const notificationApi = "notification.toolkit.fluxcd.io/v1beta3";

export interface NotificationArgs {
    /** The namespace of Flux's objects. */
    namespace: pulumi.Input<string>;
    /** Where the webhook is of. */
    type: Notifications[string]["type"];
    /** `error` tells of failures alone, `info` of everything. */
    severity: Notifications[string]["severity"];
    /** The webhook's URL, which must be a secret. */
    address: pulumi.Output<string>;
    /** What every message says of where it comes from. */
    origin: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What a stack makes of Flux's, now or later, has events of these kinds. */
const kinds = [
    "Kustomization",
    "HelmRelease",
    "GitRepository",
    "OCIRepository",
    "HelmRepository",
    "HelmChart",
    "ImageRepository",
    "ImagePolicy",
    "ImageUpdateAutomation",
];

/** Each new commit makes the apps wait for the infrastructure for seconds. It is no news, and follows on every commit. */
const noNews = "^Dependencies do not meet ready condition";

/**
 * Flux's events, sent to one webhook: those of every object in its namespace, whoever declared it, so that a source that
 * comes later needs no change here. https://fluxcd.io/flux/components/notification/
 */
export class Notification extends pulumi.ComponentResource {
    constructor(name: string, args: NotificationArgs, opts?: pulumi.ComponentResourceOptions) {
        const { address, ...shown } = args;
        super("fluxcd:flux:Notification", name, shown, opts);
        const { namespace, type, severity, origin } = args;
        const child = { parent: this };

        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            { metadata: { namespace }, immutable: true, stringData: { address } },
            child,
        );
        const provider = new k8s.apiextensions.CustomResource(
            `${name}-provider`,
            {
                apiVersion: notificationApi,
                kind: "Provider",
                metadata: { name, namespace },
                spec: { type, secretRef: { name: secret.metadata.name } },
            },
            child,
        );
        new k8s.apiextensions.CustomResource(
            `${name}-alert`,
            {
                apiVersion: notificationApi,
                kind: "Alert",
                metadata: { name, namespace },
                spec: {
                    providerRef: { name: provider.metadata.name },
                    eventSeverity: severity,
                    eventSources: kinds.map((kind) => ({ kind, name: "*" })),
                    exclusionList: [noNews],
                    eventMetadata: origin,
                },
            },
            child,
        );
        this.registerOutputs({});
    }
}
