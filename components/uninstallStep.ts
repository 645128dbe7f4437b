import * as pulumi from "@pulumi/pulumi";

import { sourceNames } from "../domain/release";
import type { UninstallStepArgs } from "../uninstall/settings";
import { DynamicResource } from "./dynamic";

/**
 * A step of `pulumi destroy` that no Kubernetes object stands for: it does nothing until it is deleted. Its place in the
 * order of the teardown is its place in the order of creation, the other way round. A plain `destroy` runs no program and
 * so no hook; this is what it can be explained with. Nothing but names and settings is in its state.
 */
export class UninstallStep extends DynamicResource {
    constructor(name: string, args: UninstallStepArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { kustomizations: sourceNames, stack: pulumi.getStack(), ...args };
        super(name, { provider: "uninstall/provider.cjs", type: "flux:UninstallStep", inputs }, opts);
    }
}
