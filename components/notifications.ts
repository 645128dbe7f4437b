import * as pulumi from "@pulumi/pulumi";

import type { Config, Secrets } from "../config";
import { eventKinds } from "../config/notifications";
import { appliedFrom } from "../config/kustomizations";
import { promotedSources } from "../config/sources";
import { githubServer } from "../domain/githubServer";
import { required } from "../domain/records";
import { Alert, type AlertArgs } from "./alert";
import { appData } from "./credential";

export interface NotificationsArgs {
    readonly notifications: NonNullable<Config["notifications"]>;
    readonly config: Config;
    /** The namespace of Flux's objects. */
    readonly namespace: pulumi.Input<string>;
    readonly secrets: Pick<Secrets, "notifications" | "identity">;
}

/**
 * With each new commit, the apps wait a few seconds for the infrastructure. This event would come with every commit.
 */
const noNews = "^Dependencies do not meet ready condition";

/**
 * Sends Flux's events to webhooks, and as commit statuses to GitHub.
 * https://fluxcd.io/flux/components/notification/
 */
export class Notifications extends pulumi.ComponentResource {
    constructor(name: string, args: NotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("fluxcd:flux:Notifications", name, args.notifications, opts);
        const { receivers, commitStatus } = args.notifications;
        const child = { parent: this };

        for (const receiver of Object.keys(receivers)) {
            new Alert(`notification-${receiver}`, webhookAlert(receiver, args), child);
        }
        if (commitStatus !== "none") {
            for (const source of promotedSources(args.config)) {
                new Alert(`commit-status-${source.name}`, statusAlert(source, args), child);
            }
        }
        this.registerOutputs({});
    }
}

/**
 * Includes all objects in Flux's namespace, even those outside the stack, so that a new source needs no change here.
 */
function webhookAlert(
    receiver: string,
    { notifications: settings, config, namespace, secrets }: NotificationsArgs,
): AlertArgs {
    const { type, severity: eventSeverity } = required(settings.receivers, receiver);
    return {
        namespace,
        secret: { address: secrets.notifications.apply(({ addresses }) => addresses[receiver] ?? "") },
        provider: { type },
        alert: {
            eventSeverity,
            eventSources: eventKinds.map((kind) => ({ kind, name: "*" })),
            exclusionList: [noNews],
            eventMetadata: { environment: config.environment, cluster: config.context },
        },
    };
}

/**
 * A commit status per Kustomization.
 * https://fluxcd.io/flux/components/notification/providers/#git-commit-status-updates
 */
function statusAlert(source: { name: string; repository: string }, args: NotificationsArgs): AlertArgs {
    const { notifications: settings, config, namespace, secrets } = args;
    const { stack, environment, identity, github } = config;
    // Two clusters of one environment must not overwrite each other's statuses.
    const context = ["flux", environment, ...(stack === environment ? [] : [stack])].join("/");
    return {
        namespace,
        secret:
            settings.commitStatus === "githubApp" && identity.kind === "githubApp"
                ? appData(identity, secrets.identity, github.baseUrl)
                : { token: secrets.notifications.commitStatusToken },
        provider: {
            type: "github",
            address: addressOf(github, source.repository),
            // Without it, Flux appends part of the Provider's uid, so the context would change with every
            // reinstallation.
            commitStatusExpr: `'${context}/' + event.involvedObject.name`,
        },
        alert: {
            // With `error`, Flux would never report a success.
            eventSeverity: "info",
            // By name, because a commit of one repository does not exist in another.
            eventSources: appliedFrom(config.kustomizations, source.name).map(({ name }) => ({
                kind: "Kustomization",
                name,
            })),
        },
    };
}

/** Flux derives the API's address from the host. */
function addressOf({ baseUrl, owner }: Config["github"], repository: string): string {
    return `${githubServer(baseUrl).flux}/${owner}/${repository}`;
}
