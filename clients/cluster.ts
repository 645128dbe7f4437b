import { setTimeout } from "node:timers/promises";

import { messageOf } from "../domain/problem";
import { connectionTo, type Request } from "./connection";
import { KubeconfigError } from "./kubeconfigFiles";
import { pathOf } from "./objectPath";

/** The fields of Flux's Kustomization that this program reads. */
export interface Kustomization {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: ObjectMeta;
    readonly spec?: { readonly path?: string; readonly suspend?: boolean; readonly [field: string]: unknown };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly inventory?: { readonly entries?: readonly { readonly id: string }[] };
        readonly lastAppliedRevision?: string;
        readonly lastAttemptedRevision?: string;
        readonly conditions?: readonly Condition[];
        readonly history?: readonly Snapshot[];
    };
}

/** The fields of Flux's GitRepository that this program reads. */
export interface Source {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: ObjectMeta;
    readonly spec?: {
        readonly url?: string;
        readonly ref?: Readonly<Record<string, string>>;
        readonly provider?: string;
        readonly secretRef?: { readonly name: string };
        readonly suspend?: boolean;
        readonly [field: string]: unknown;
    };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly artifact?: { readonly revision?: string };
        readonly conditions?: readonly Condition[];
    };
}

interface ObjectMeta {
    readonly name: string;
    readonly namespace: string;
    /** Increases with each change of `spec`. */
    readonly generation?: number;
    /** The writers of fields: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
    readonly managedFields?: ManagedFields[];
}

export interface ManagedFields {
    readonly manager?: string;
    readonly operation?: string;
    /** The time of this manager's last write, in ISO 8601. */
    readonly time?: string;
    readonly subresource?: string;
    readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    /** The time in ISO 8601. */
    readonly lastTransitionTime?: string;
}

/**
 * The result of reconciling one revision's content. Flux keeps the last five, newest first. If a later revision has the
 * same content, Flux updates the snapshot's revision.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#history
 */
export interface Snapshot {
    readonly firstReconciled: string;
    readonly lastReconciled: string;
    readonly lastReconciledStatus: string;
    readonly metadata?: { readonly revision?: string };
}

const answerWithinMs = 10_000;

/**
 * Reads one of Flux's Kustomizations in the cluster of a kubeconfig context; undefined if it does not exist. Fails if
 * the cluster does not answer.
 */
export function readKustomization(
    context: string,
    name: string,
    namespace?: string,
): Promise<Kustomization | undefined> {
    return read<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", { name, namespace });
}

/**
 * Reads all GitRepositories of Flux's namespace in one request; empty before Flux is installed. Fails if the cluster
 * does not answer.
 */
export function readSources(context: string): Promise<Source[]> {
    return readAll<Source>(context, "source.toolkit.fluxcd.io/v1", "GitRepository");
}

/** Reads all Kustomizations in the same way. */
export function readKustomizations(context: string): Promise<Kustomization[]> {
    return readAll<Kustomization>(context, "kustomize.toolkit.fluxcd.io/v1", "Kustomization");
}

async function readAll<T extends Kustomization | Source>(context: string, apiVersion: string, kind: string) {
    const path = pathOf({ apiVersion, kind, metadata: { namespace: "flux-system" } });
    return (await ask<{ items: T[] }>(context, { path }).catch(orUndefined))?.items ?? [];
}

async function read<T extends Kustomization | Source>(
    context: string,
    apiVersion: string,
    kind: string,
    { name, namespace = "flux-system" }: { readonly name: string; readonly namespace?: string | undefined },
): Promise<T | undefined> {
    return ask<T>(context, { path: pathOf({ apiVersion, kind, metadata: { name, namespace } }) }).catch(orUndefined);
}

/**
 * Reads the uid of `kube-system`, which identifies a cluster for its lifetime. Fails if the cluster does not answer.
 */
export async function readClusterUid(context: string): Promise<string> {
    return new Cluster(context).uid();
}

/** A resource in an access review, with the API's field names. */
export interface Resource {
    readonly group: string;
    readonly resource: string;
    /** Undefined for a cluster-scoped resource, and for all namespaces. */
    readonly namespace?: string;
    readonly name?: string;
    /** The subresource, such as `status`. */
    readonly subresource?: string;
}

/** A cluster, accessed as the user of a kubeconfig context. */
export class Cluster {
    private readonly context: string;

    constructor(context: string) {
        this.context = context;
    }

    /** The uid of `kube-system`. Fails if the cluster does not answer, or if the user may not read the namespace. */
    async uid(): Promise<string> {
        const path = "/api/v1/namespaces/kube-system";
        const { metadata } = await ask<{ metadata?: { uid?: string } }>(this.context, { path });
        return metadata?.uid ?? "";
    }

    /** Kubernetes' version, such as `v1.33.4`, with the suffix of its vendor. Fails if the cluster does not answer. */
    async version(): Promise<string> {
        return (await ask<{ gitVersion: string }>(this.context, { path: "/version" })).gitVersion;
    }

    /** Whether the API server allows the user a verb on a resource. Fails if the cluster does not answer. */
    async may(verb: string, resource: Resource): Promise<boolean> {
        return this.#allows({ resourceAttributes: { verb, ...resource } });
    }

    /** Whether the user is allowed a verb on a path that is not an object, such as `/livez`. */
    async mayAt(verb: string, path: string): Promise<boolean> {
        return this.#allows({ nonResourceAttributes: { verb, path } });
    }

    async #allows(spec: object): Promise<boolean> {
        const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec };
        const review = await ask<{ status?: { allowed?: boolean } }>(this.context, { method: "POST", path, body });
        return review.status?.allowed === true;
    }
}

/** An error that the API server answered with. */
export class ApiError extends Error {
    public readonly status: number;

    constructor(status: number, message: string) {
        super(message);
        this.status = status;
    }
}

/** The words for a cluster that was not asked, or did not answer. */
export function unanswered(error: unknown): string {
    return error instanceof KubeconfigError ? error.message : `the cluster did not answer: ${messageOf(error)}`;
}

/** Whether the API server answered 403: the user lacks the right. */
export function isForbidden(error: unknown): boolean {
    return error instanceof ApiError && error.status === 403;
}

/** Whether the API server does not know the object or its kind. */
export function isNotFound(error: unknown): boolean {
    return error instanceof ApiError && error.status === 404;
}

/** Undefined for an object or a kind that does not exist. Throws any other error. */
export function orUndefined(error: unknown): undefined {
    if (!isNotFound(error)) {
        throw error;
    }
}

/** Sends a request to the cluster of a context. Fails with an ApiError if the API server refuses it. */
export async function ask<T>(context: string, request: Request): Promise<T> {
    for (const deadline = Date.now() + answerWithinMs; ;) {
        const { status, text } = await connectionTo(context)(request, answerWithinMs);
        if (status < 400) {
            return JSON.parse(text) as T;
        }
        // As with client-go: the API server is busy, or begins to serve a new kind.
        if (status !== 429 || Date.now() >= deadline) {
            throw new ApiError(status, messageIn(text) || `the API server answered with status ${status}`);
        }
        await setTimeout(500);
    }
}

/** The message of the API server's answer. */
export function messageIn(text: string): string {
    try {
        return (JSON.parse(text) as { message?: string }).message ?? "";
    } catch {
        return text.trim().split("\n")[0] ?? "";
    }
}
