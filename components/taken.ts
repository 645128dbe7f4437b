import { isDeepStrictEqual } from "node:util";

import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors";

import { explain } from "../domain/problem";
import { specRef } from "../config/specs";
import type { Kustomization } from "./kustomization";
import type { Source } from "./source";

interface Registered {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec?: { readonly ref?: unknown };
}

/**
 * Resolves once this update has set the release on the GitRepository and all its Kustomizations. Fails if a targeted
 * update left one of them out: then the stack has taken a release that the cluster does not run.
 */
export function taken(source: Source, kustomizations: readonly Kustomization[]): pulumi.Output<unknown> {
    if (pulumi.runtime.isDryRun()) {
        return pulumi.output(undefined);
    }
    const objects = [source.gitRepository, ...kustomizations.map(({ object }) => object)];
    return pulumi.all(objects.map(registered)).apply(([from, ...appliers]) => {
        if (!isDeepStrictEqual(from?.spec?.ref, specRef(source.ref))) {
            throw new RunError(leftOut(source, "its GitRepository"));
        }
        for (const [at, { name, waitFor }] of kustomizations.entries()) {
            if (appliers[at]?.metadata?.annotations?.["pulumi.com/waitFor"] !== waitFor) {
                throw new RunError(leftOut(source, `the Kustomization ${name}`));
            }
        }
    });
}

function registered(object: k8s.apiextensions.CustomResource): pulumi.Output<Registered> {
    const { metadata, spec } = object as unknown as { metadata: pulumi.Output<object>; spec: pulumi.Output<object> };
    return pulumi.all([metadata, spec]).apply(([metadata, spec]) => ({ metadata, spec }));
}

function leftOut({ name, ref }: Source, object: string): string {
    const problem = {
        refusal: "targeted",
        key: `fluxcd:sources.${name}`,
        value: "tag" in ref ? ref.tag : ref,
        expected: `this update has left out ${object}, by --target or --exclude, so the cluster does not run it yet`,
        fix: `pulumi up --stack ${pulumi.getStack()}`,
    } as const;
    return `Stack ${pulumi.getStack()} is half way.\n\n${explain([problem])}\n`;
}
