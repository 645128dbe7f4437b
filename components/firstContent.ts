import * as pulumi from "@pulumi/pulumi";

import { DynamicResource } from "./dynamic";

export interface FirstContentArgs {
    /** The repository's HTTPS clone URL. */
    url: pulumi.Input<string>;
    /** The folder with the files of the content, relative to the project. */
    directory: pulumi.Input<string>;
    /** The branch of the content. */
    branch: pulumi.Input<string>;
}

/**
 * The first content of a repository: one commit, pushed only if the branch does not exist yet. Later edits and
 * deletions by people stay, even after `pulumi refresh`. A push creates the branch or fails, so an interrupted run
 * leaves no partial content. Reads the token in GITHUB_TOKEN, as the GitHub provider does.
 */
export class FirstContent extends DynamicResource {
    /** The branch's commit when this resource was created. */
    declare public readonly commit: pulumi.Output<string>;

    constructor(name: string, args: FirstContentArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { ...args, commit: undefined };
        super(name, { provider: "components/firstContent/provider.cjs", type: "github:FirstContent", inputs }, opts);
    }
}
