import * as pulumi from "@pulumi/pulumi";

import { DynamicResource } from "./dynamic";

export interface FirstContentArgs {
    /** The repository's HTTPS clone URL. */
    url: pulumi.Input<string>;
    /** The folder whose files are the content, relative to the project. */
    directory: pulumi.Input<string>;
    /** The branch that holds the content. */
    branch: pulumi.Input<string>;
}

/**
 * The first content of a repository: one commit, pushed when the branch does not exist yet and never again. What people
 * edit or delete later stays that way, also after `pulumi refresh`. A push creates the branch or fails, so an interrupted
 * run leaves no half content. Reads the token in GITHUB_TOKEN, as the GitHub provider does.
 */
export class FirstContent extends DynamicResource {
    /** The commit the branch stood at when this resource was made. */
    declare public readonly commit: pulumi.Output<string>;

    constructor(name: string, args: FirstContentArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { ...args, commit: undefined };
        super(name, { provider: "components/firstContent/provider.cjs", type: "github:FirstContent", inputs }, opts);
    }
}
