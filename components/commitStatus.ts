import * as pulumi from "@pulumi/pulumi";

import { alert } from "./alert";

export interface CommitStatusArgs {
    /** The namespace of Flux's objects. */
    namespace: pulumi.Input<string>;
    /** What Flux writes with, as it stands in a Secret: `token`, or the entries of a GitHub App. */
    credential: Readonly<Record<string, pulumi.Input<string>>>;
    /** The repository's address, by https. */
    url: pulumi.Input<string>;
    /** The Kustomizations that apply this repository. */
    kustomizations: readonly string[];
    /** What the statuses of this stack begin with, such as `flux/production`. */
    context: string;
}

/**
 * The outcome of each commit of one repository, written to it on GitHub: success or failure, in a context that names the
 * environment and the Kustomization. https://fluxcd.io/flux/components/notification/providers/#git-commit-status-updates
 */
export class CommitStatus extends pulumi.ComponentResource {
    constructor(name: string, args: CommitStatusArgs, opts?: pulumi.ComponentResourceOptions) {
        const { credential, ...shown } = args;
        super("fluxcd:flux:CommitStatus", name, shown, opts);
        const { namespace, url, kustomizations, context } = args;
        const provider = {
            type: "github",
            address: url,
            // Of CEL. Without it the context ends in a part of the Provider's uid, and is another after each reinstallation.
            commitStatusExpr: `'${context}/' + event.involvedObject.name`,
        };
        const told = {
            // With error alone there would never be a success.
            eventSeverity: "info",
            // By name: a commit of one repository is unknown in the other.
            eventSources: kustomizations.map((kustomization) => ({ kind: "Kustomization", name: kustomization })),
        };
        alert(name, { namespace, secret: credential, provider, alert: told }, this);
        this.registerOutputs({});
    }
}
