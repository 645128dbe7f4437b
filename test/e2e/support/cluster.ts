import assert from "node:assert/strict";

import { labEnvironment } from "./lab";
import { type Result, run, succeed, waitFor } from "./run";

export type Context = "dev" | "staging" | "production";

export function kubectl(context: Context, ...args: string[]): Promise<Result> {
    // It prints what it is asked for, Secrets too.
    const options = { env: labEnvironment(), timeoutSeconds: 120, secret: true };
    return succeed("kubectl", ["--context", context, ...args], options);
}

/** An object or a list, as `kubectl get -o json` shows it. */
export async function get<T>(context: Context, ...args: string[]): Promise<T> {
    return JSON.parse((await kubectl(context, "get", ...args, "-o", "json")).stdout) as T;
}

export async function exists(context: Context, ...args: string[]): Promise<boolean> {
    const { stdout } = await kubectl(context, "get", ...args, "--ignore-not-found", "-o", "name");
    return stdout.trim() !== "";
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
}

interface Kustomization {
    readonly status?: { readonly lastAppliedRevision?: string; readonly conditions?: readonly Condition[] };
}

/** A Kustomization's condition Ready and the revision it has applied. */
export async function applied(context: Context, name: string): Promise<{ revision?: string; ready?: Condition }> {
    const { status } = await get<Kustomization>(context, "-n", "flux-system", "kustomization", name);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return {
        ...(status?.lastAppliedRevision !== undefined && { revision: status.lastAppliedRevision }),
        ...(ready && { ready }),
    };
}

export async function assertApplied(context: Context, name: string, revision: string): Promise<void> {
    const found = await applied(context, name);
    assert.equal(found.revision, revision);
    assert.equal(found.ready?.status, "True", found.ready?.message);
}

interface Workload {
    readonly metadata: { readonly uid: string; readonly generation: number };
    readonly spec: {
        readonly replicas: number;
        readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    };
    readonly status: { readonly availableReplicas?: number };
}

export function podinfo(context: Context): Promise<Workload> {
    return get<Workload>(context, "-n", "podinfo", "deployment", "podinfo");
}

export async function assertAvailable(context: Context, replicas: number): Promise<void> {
    await waitFor(`podinfo in ${context} has ${replicas} replicas`, 60, async () => {
        const { spec, status } = await podinfo(context);
        assert.equal(spec.replicas, replicas);
        assert.equal(status.availableReplicas, replicas);
    });
}

/** Asks Flux to reconcile now rather than at the next interval, as `flux reconcile` does, and waits until it has. */
export async function reconcile(
    context: Context,
    kind: "gitrepository" | "kustomization",
    name: string,
): Promise<void> {
    const at = new Date().toISOString();
    const object = `${kind}/${name}`;
    await kubectl(
        context,
        "-n",
        "flux-system",
        "annotate",
        "--overwrite",
        object,
        `reconcile.fluxcd.io/requestedAt=${at}`,
    );
    const handled = `--for=jsonpath={.status.lastHandledReconcileAt}=${at}`;
    await kubectl(context, "-n", "flux-system", "wait", object, handled, "--timeout=90s");
}

/** Every state of the sources' condition Ready until the end, each as `<name> <status> <message>`. */
export async function readyUntil(context: Context, end: Promise<unknown>): Promise<string[]> {
    const ready = '{.status.conditions[?(@.type=="Ready")]';
    const line = `{.metadata.name} ${ready}.status} ${ready}.message}{"\\n"}`;
    const args = [
        "--context",
        context,
        "-n",
        "flux-system",
        "get",
        "gitrepositories",
        "--watch",
        "-o",
        `jsonpath=${line}`,
    ];
    const { stdout } = await run("kubectl", args, { env: labEnvironment(), killAfter: end, timeoutSeconds: 600 });
    return stdout.trim().split("\n");
}

/** A source's condition Ready. */
export async function fetched(context: Context, name: string): Promise<Condition | undefined> {
    const source = ["-n", "flux-system", "gitrepository", name];
    const { status } = await get<{ status?: { conditions?: readonly Condition[] } }>(context, ...source);
    return status?.conditions?.find(({ type }) => type === "Ready");
}

/** The name of the Secret that Flux reads a source with. */
export async function secretOf(context: Context, source: string): Promise<string> {
    const found = await get<{ spec: { secretRef: { name: string } } }>(
        context,
        "-n",
        "flux-system",
        "gitrepository",
        source,
    );
    return found.spec.secretRef.name;
}

/** What stands in that Secret. */
export async function credentialOf(context: Context, source: string): Promise<Record<string, string>> {
    const name = await secretOf(context, source);
    const { data } = await get<{ data: Record<string, string> }>(context, "-n", "flux-system", "secret", name);
    const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
    return Object.fromEntries(decoded) as Record<string, string>;
}

export interface Names {
    readonly items: readonly {
        readonly kind: string;
        readonly metadata: {
            readonly name: string;
            readonly namespace?: string;
            readonly uid: string;
            readonly generation?: number;
            readonly resourceVersion: string;
        };
    }[];
}

const watched = "namespaces,customresourcedefinitions,clusterrolebindings,deployments,secrets,serviceaccounts";

/** What is in a cluster, in a form that changes whenever someone changes an object's intent. */
export async function contents(context: Context): Promise<string[]> {
    const kinds = (await exists(context, "crd", "kustomizations.kustomize.toolkit.fluxcd.io"))
        ? `${watched},gitrepositories,kustomizations.kustomize.toolkit.fluxcd.io`
        : watched;
    const { items } = await get<Names>(context, "--all-namespaces", kinds);
    return items.map(
        ({ kind, metadata: { namespace = "", name, uid, generation, resourceVersion } }) =>
            `${kind} ${namespace}/${name} ${uid} ${generation ?? resourceVersion}`,
    );
}
