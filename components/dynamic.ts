import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";

export interface DynamicArgs {
    /**
     * The path of the file with the provider, relative to the project. It exports `handler`, a function that returns
     * the provider.
     */
    provider: string;
    /** The module and the type, such as `flux:UninstallStep`. */
    type: string;
    /** The inputs. A property that the provider computes is undefined. */
    inputs: pulumi.Inputs;
}

/**
 * A dynamic resource, whose provider is JavaScript. Pulumi stores the provider's code in the state and passes it
 * between processes in each run. `pulumi.dynamic.Resource` serializes that code from an object and everything that it
 * captures, with Node's debugger. Here that would be 45 KB per resource and a third of a second per run. A different
 * loader would give different code, which causes an update. This class uses the text of a file instead. The file is
 * short, because it loads the rest from the project when needed: Pulumi starts dynamic providers in the project's
 * folder.
 * https://github.com/pulumi/pulumi/blob/v3.276.0/sdk/nodejs/cmd/dynamic-provider/index.ts
 */
export class DynamicResource extends pulumi.CustomResource {
    constructor(name: string, { provider, type, inputs }: DynamicArgs, opts?: pulumi.CustomResourceOptions) {
        const code = readFileSync(provider, "utf8");
        super(`pulumi-nodejs:dynamic/${type}`, name, { ...inputs, __provider: code }, opts);
    }
}
