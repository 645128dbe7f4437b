import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { seconds } from "../domain/duration";
import type { AnyRef } from "../domain/release";
import type { Verify } from "../config/verification";
import { shardKey } from "../manifest/shards";
import type { Credential } from "./credential";
import { explainFluxErrors } from "./fluxErrors";
import { Verification } from "./verification";

export interface GitRepositoryArgs {
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The GitRepository's name. */
    repository: string;
    /** What Flux reads the repository with, and where; the address alone where everybody may. */
    credential: Pick<Credential, "url"> & Partial<Credential>;
    /** Where to stand in the repository. */
    ref: AnyRef;
    /** How often to look for new commits, as a Go duration. */
    sourceInterval: pulumi.Input<string>;
    /** How long an update may take to be fetched, as a Go duration. */
    timeout: string;
    /** The shard of Flux's controllers to reconcile with; without it, the main ones. */
    shard?: string | undefined;
    /** The signatures that a revision must have to be fetched; without it, none. */
    verify?: Verify | undefined;
    /** Stop Flux here, or let it go on; without it, as the cluster has it. */
    suspend?: boolean | undefined;
    /** The objects that people have suspended, each as `GitRepository fluxcd-apps`; without it, none. */
    suspended?: ReadonlySet<string> | undefined;
}

/** A repository that Flux follows, for what is applied from it. */
export interface Followed {
    readonly object: k8s.apiextensions.CustomResource;
    readonly ref: AnyRef;
    readonly suspend: boolean | undefined;
}

export const gitRepositoryKind = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };

/** A repository that Flux follows, and the Secret it reads with where it needs one. */
export function gitRepository(
    name: string,
    args: GitRepositoryArgs,
    parent: pulumi.Resource,
): k8s.apiextensions.CustomResource {
    const { namespace, repository } = args;
    const { url, data, provider } = args.credential;
    const child = { parent };
    // Another content is another Secret, under another name: Flux changes from one address and credential to the next at
    // once, and what the old one was made of is deleted only after Flux has read with the new one.
    const secret =
        data &&
        new k8s.core.v1.Secret(`${name}-secret`, { metadata: { namespace }, immutable: true, stringData: data }, child);
    const verification =
        args.verify && new Verification(`${name}-verification`, { namespace, repository, ...args.verify }, child);
    return new k8s.apiextensions.CustomResource(
        `${name}-source`,
        {
            ...gitRepositoryKind,
            metadata: fluxMetadata(
                repository,
                { ...args, suspend: stands(`${gitRepositoryKind.kind} ${repository}`, args) },
                "condition=Ready",
            ),
            spec: {
                url,
                ref: specRef(args.ref),
                interval: args.sourceInterval,
                ...(secret && { secretRef: { name: secret.metadata.name } }),
                ...verification?.spec,
                ...(provider !== undefined && { provider }),
                ...(args.suspend !== undefined && { suspend: args.suspend }),
            },
        },
        { ...child, hooks: { onError: [explainFluxErrors(args.context)] } },
    );
}

/** Whether Flux leaves an object as it is, by what the stack declares, or else by what people have suspended. */
export function stands(
    object: string,
    { suspend, suspended }: Pick<GitRepositoryArgs, "suspend" | "suspended">,
): boolean {
    return suspend ?? suspended?.has(object) ?? false;
}

/** The metadata of an object of Flux's that an update waits for. */
export function fluxMetadata(
    name: string,
    args: Pick<GitRepositoryArgs, "namespace" | "shard" | "timeout"> & { readonly suspend?: boolean | undefined },
    waitFor: string | undefined,
) {
    const { namespace, shard, suspend, timeout } = args;
    const timeoutSeconds = String(seconds(timeout));
    return {
        name,
        namespace,
        ...(shard !== undefined && { labels: { [shardKey]: shard } }),
        annotations: {
            // Flux reports nothing of what is suspended, so there is nothing to wait for.
            ...(suspend !== true &&
                waitFor !== undefined && { "pulumi.com/waitFor": seenAlso(waitFor, [shard, timeoutSeconds]) }),
            "pulumi.com/timeoutSeconds": timeoutSeconds,
        },
    };
}

/**
 * What to wait for, and that the object is seen as this update has made it. The provider keeps the object that it saw last
 * as what is in the cluster. It tells an older sight from a newer one by the generation, which labels and annotations leave
 * as it is: a label that it has not seen stays for ever, and an annotation is a difference in the next preview. So the
 * annotation is told by a word of its own that is another one with every other content.
 * https://github.com/pulumi/pulumi-kubernetes/pull/3980
 */
function seenAlso(waitFor: string, rest: unknown): string {
    const word = createHash("sha256")
        .update(JSON.stringify([waitFor, rest]))
        .digest("hex")
        .slice(0, 8);
    const annotation = "@.annotations['pulumi.com/waitFor']";
    return JSON.stringify([waitFor, `jsonpath={[?${annotation} && search(${annotation}, '${word}')]}`]);
}

/** One field only: Flux prefers a commit to the tag it pins, silently (fluxcd/flux2#4085). */
export function specRef(ref: AnyRef): AnyRef {
    return "tag" in ref ? { tag: ref.tag } : ref;
}
