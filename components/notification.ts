import * as pulumi from "@pulumi/pulumi";

import type { Notifications } from "../config/notifications";
import { alert } from "./alert";

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
        const told = {
            eventSeverity: severity,
            eventSources: kinds.map((kind) => ({ kind, name: "*" })),
            exclusionList: [noNews],
            eventMetadata: origin,
        };
        alert(name, { namespace, secret: { address }, provider: { type }, alert: told }, this);
        this.registerOutputs({});
    }
}
