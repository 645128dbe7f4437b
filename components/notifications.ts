import * as pulumi from "@pulumi/pulumi";

import type { Identity, NotificationSecrets } from "../config";
import type { CommitStatusMode, Notifications } from "../config/notifications";
import { type SourceName, sourceNames } from "../domain/release";
import { CommitStatus } from "./commitStatus";
import { appData, type CredentialArgs } from "./credential";
import { Notification } from "./notification";

export interface NotificationsArgs
    extends Pick<CredentialArgs, "identity" | "secret">, Readonly<Record<SourceName, { readonly repository: string }>> {
    stack: string;
    environment: string;
    /** The kubeconfig context of the cluster, by which messages name it. */
    context: string;
    /** The namespace of Flux's objects. */
    namespace: pulumi.Input<string>;
    notifications: Notifications;
    commitStatus: CommitStatusMode;
    /** What they are sent with, which must be a secret. */
    secrets: pulumi.Output<NotificationSecrets>;
    github: { readonly baseUrl: string; readonly owner: string };
    /** What is applied beside infrastructure and apps, by name, and from which source. */
    further: { readonly kustomizations: Readonly<Record<string, { readonly source: string }>> };
}

/** Everybody whom Flux tells what it does: webhooks, and the commits on GitHub. */
export function notifications(
    args: NotificationsArgs,
    opts: pulumi.ComponentResourceOptions,
): (Notification | CommitStatus)[] {
    const { namespace, environment, secrets } = args;
    const origin = { environment, cluster: args.context };
    return [
        ...Object.entries(args.notifications).map(([name, told]) => {
            const address = secrets.apply(({ addresses }) => addresses[name] ?? "");
            return new Notification(`notification-${name}`, { ...told, namespace, address, origin }, opts);
        }),
        ...(args.commitStatus === "none" ? [] : commitStatuses(args, args.commitStatus, opts)),
    ];
}

function commitStatuses(
    args: NotificationsArgs,
    mode: Exclude<CommitStatusMode, "none">,
    opts: pulumi.ComponentResourceOptions,
): CommitStatus[] {
    const { namespace, stack, environment, further } = args;
    // Two clusters of an environment must not write over each other.
    const context = ["flux", environment, ...(stack === environment ? [] : [stack])].join("/");
    const credential = credentialOf(args, mode);
    return sourceNames.map((name) => {
        const others = Object.entries(further.kustomizations).filter(([, { source }]) => source === name);
        const kustomizations = [name, ...others.map(([other]) => other)];
        const url = addressOf(args.github, args[name].repository);
        return new CommitStatus(`commit-status-${name}`, { namespace, url, context, kustomizations, credential }, opts);
    });
}

function credentialOf({ identity, secret, secrets, github }: NotificationsArgs, mode: "token" | "githubApp") {
    return mode === "token"
        ? { token: secrets.commitStatusToken }
        : appData(identity as Identity & { kind: "githubApp" }, secret, github.baseUrl);
}

/** Flux finds the API by the host: https://github.com/fluxcd/notification-controller/blob/v1.9.3/internal/notifier/github_helpers.go#L211 */
function addressOf({ baseUrl, owner }: NotificationsArgs["github"], repository: string): string {
    const { hostname, origin } = new URL(baseUrl);
    return `${hostname === "api.github.com" ? "https://github.com" : origin}/${owner}/${repository}`;
}
