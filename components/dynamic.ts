import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";

export interface DynamicArgs {
    /** The file, from the project's folder, that exports `handler`, a function that gives the provider. */
    provider: string;
    /** The module and the type, such as `flux:UninstallStep`. */
    type: string;
    /** The inputs; undefined for what the provider computes. */
    inputs: pulumi.Inputs;
}

/**
 * A dynamic resource: one that a provider in JavaScript makes. Pulumi keeps the provider's code in the state, and hands it
 * from process to process in each run. `pulumi.dynamic.Resource` makes that code of an object and of all that it captures,
 * with Node's debugger: 45 KB a resource here, a third of a second a run, and another text with another loader, which is an
 * update. Here the text of a file is the code. It is short, because it loads the rest from the project if it is needed:
 * Pulumi starts dynamic providers in the project's folder.
 * https://github.com/pulumi/pulumi/blob/v3.276.0/sdk/nodejs/cmd/dynamic-provider/index.ts
 */
export class DynamicResource extends pulumi.CustomResource {
    constructor(name: string, { provider, type, inputs }: DynamicArgs, opts?: pulumi.CustomResourceOptions) {
        const code = readFileSync(provider, "utf8");
        super(`pulumi-nodejs:dynamic/${type}`, name, { ...inputs, __provider: code }, opts);
    }
}
