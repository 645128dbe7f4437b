import * as pulumi from "@pulumi/pulumi";

import type { Uninstall, UninstallStepArgs } from "../uninstall/settings";
import { DynamicResource } from "./dynamic";

/**
 * A step of `pulumi destroy` without a Kubernetes object: it does nothing until it is deleted. Deletion runs in the
 * reverse order of creation, which determines when the step runs. A plain `destroy` runs no program and so no hooks,
 * but it deletes resources. The state of a step has only names and settings.
 */
export class UninstallStep extends DynamicResource {
    constructor(name: string, args: UninstallStepArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { kustomizations: [], stack: pulumi.getStack(), ...args };
        super(name, { provider: "uninstall/provider.cjs", type: "flux:UninstallStep", inputs }, opts);
    }
}

export interface UninstallCheckArgs extends Uninstall {
    /** The namespace that Flux runs in. */
    readonly namespace: string;
    /** The Kustomizations of the stack, by name. */
    readonly kustomizations: Readonly<Record<string, unknown>>;
}

/** The first step of a destroy: it checks that everything can be deleted. */
export class UninstallCheck extends UninstallStep {
    constructor(name: string, args: UninstallCheckArgs, opts?: pulumi.CustomResourceOptions) {
        super(name, { ...args, step: "look", kustomizations: Object.keys(args.kustomizations) }, opts);
    }
}
