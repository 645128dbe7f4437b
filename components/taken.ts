import { isDeepStrictEqual } from "node:util";

import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors";

import type { Ref } from "../domain/release";
import { explain } from "../domain/problem";
import { specRef } from "./gitRepository";

interface Taken {
    readonly source: k8s.apiextensions.CustomResource;
    readonly kustomization: k8s.apiextensions.CustomResource;
    /** What both are to stand on. */
    readonly ref: Ref;
    /** What the Kustomization's update waits for, as its annotation has it; undefined if for nothing. */
    readonly waitFor: string | undefined;
}

interface Registered {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec?: { readonly ref?: unknown };
}

/**
 * The branch or tag of a source, once this update has made the GitRepository and the Kustomization stand on it. Fails if
 * the update was targeted and has left one of them out: the stack has taken a release then that the cluster does not run.
 */
export function assertTaken(name: string, { source, kustomization, ref, waitFor }: Taken): pulumi.Output<string> {
    const wanted = "tag" in ref ? ref.tag : ref.branch;
    if (pulumi.runtime.isDryRun()) {
        return pulumi.output(wanted);
    }
    return pulumi.all([registered(source), registered(kustomization)]).apply(([from, applier]) => {
        const follows = isDeepStrictEqual(from.spec?.ref, specRef(ref));
        const waits = applier.metadata?.annotations?.["pulumi.com/waitFor"] === waitFor;
        if (!follows || !waits) {
            throw new RunError(leftOut(name, wanted, follows ? "Kustomization" : "GitRepository"));
        }
        return wanted;
    });
}

function registered(object: k8s.apiextensions.CustomResource): pulumi.Output<Registered> {
    const { metadata, spec } = object as unknown as { metadata: pulumi.Output<object>; spec: pulumi.Output<object> };
    return pulumi.all([metadata, spec]).apply(([metadata, spec]) => ({ metadata, spec }));
}

function leftOut(name: string, wanted: string, kind: string): string {
    const problem = {
        refusal: "targeted",
        key: `fluxcd:${name}`,
        value: wanted,
        expected: `this update has left out its ${kind}, by --target or --exclude, so the cluster does not run it yet`,
        fix: `pulumi up --stack ${pulumi.getStack()}`,
    } as const;
    return `Stack ${pulumi.getStack()} is half way.\n\n${explain([problem])}\n`;
}
