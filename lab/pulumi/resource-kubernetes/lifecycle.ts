// Create, update, delete: the API server does it, then the object is waited for.
import { PartialFailure } from "../rpc.ts";
import { text, type ValueMap } from "../values.ts";
import { creator, create as createObject, update as updateObject, type Apply } from "./apply.ts";
import { ApiError, isApiError, NoMatch } from "./cluster.ts";
import { isPreviewable } from "./compare.ts";
import { logFor } from "./log.ts";
import { annotation, idOf, isA, kindOf, nameOf, namespaceOf, parseId, withAt } from "./object.ts";
import { deleteInstead, fieldManagerFor, messageOf, reachable, type Provider } from "./provider.ts";
import { parseInputs, writeState, type State } from "./state.ts";
import { gone } from "./wait/gone.ts";
import { deadline, NotReady, ready } from "./wait/ready.ts";

export interface Operation {
    urn: string;
    preview: boolean;
    seconds: number;
}

export interface Outcome {
    id: string;
    properties: ValueMap;
}

export async function create(provider: Provider, news: ValueMap, operation: Operation): Promise<Outcome> {
    const { urn, preview } = operation;
    const asIs = { id: "", properties: news };
    if (preview && !(isPreviewable(provider, news) && (await isServed(provider, news)))) return asIs;
    const state = stateOf(news, "");
    const apply = applyOf(provider, state, preview);
    const log = logFor(urn);
    let live: ValueMap;
    try {
        live = await createObject(apply, (attempt, error) => {
            log.status("info", `Retry #${attempt}; creation failed: ${error.message}`);
        });
    } catch (error) {
        if (preview && cannotTell(error)) return asIs;
        throw creationError(urn, state.inputs, error);
    }
    if (preview)
        return { id: "", properties: writeState({ ...state, live: withAt(live, ["status"], undefined) }, news) };
    const waited = await waitReady(provider, { live, log, operation }, (failed) => {
        const kept = { id: idOf(live), state: writeState({ ...state, live: failed.live }, news) };
        return new PartialFailure(
            `resource "${urn}" was successfully created, but the Kubernetes API server ` +
                `reported that it failed to fully initialize or become live: ${failed.message}`,
            kept,
            failed.reasons,
        );
    });
    return { id: idOf(live), properties: writeState({ ...state, live: waited }, news) };
}

export async function update(
    provider: Provider,
    change: { old: State; news: ValueMap; ignored: readonly string[] },
    operation: Operation,
): Promise<ValueMap> {
    const { old, news, ignored } = change;
    const { preview } = operation;
    if (preview && !(isPreviewable(provider, news) && (await isServed(provider, news)))) return news;
    const state = { ...stateOf(news, old.fieldManager), initialApiVersion: old.initialApiVersion };
    const apply = applyOf(provider, state, preview);
    const failed = (error: { message: string; reasons?: string[] }, live: ValueMap) =>
        new PartialFailure(
            `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${error.message}`,
            { id: idOf(live), state: writeState({ ...state, live }, news) },
            error.reasons,
        );
    let live: ValueMap;
    try {
        live = await updateObject(apply, old.live, ignored);
    } catch (error) {
        if (preview && isApiError(error, "Forbidden")) return news;
        const current = await liveObject(provider, old.live).catch(() => undefined);
        if (!current)
            throw new Error(`update of resource "${operation.urn}" failed: ${messageOf(error)}`, { cause: error });
        throw failed({ message: messageOf(error) }, current);
    }
    if (preview) return writeState({ ...state, live }, news);
    const log = logFor(operation.urn);
    const waited = await waitReady(provider, { live, log, operation }, (error) => failed(error, error.live));
    return writeState({ ...state, live: waited }, news);
}

export async function remove(provider: Provider, old: State, operation: Operation & { id: string }): Promise<void> {
    const log = logFor(operation.urn);
    if (!provider.cluster) {
        log.say("warning", `configured Kubernetes cluster is unreachable: ${provider.unreachable}`);
        if (!provider.settings.deleteUnreachable)
            throw new Error(`configured Kubernetes cluster is unreachable. ${deleteInstead}`);
        log.say(
            "info",
            "the `deleteUnreachable` option is enabled. Deleting the unreachable resource from Pulumi state",
        );
        return;
    }
    const { cluster, cancelled } = provider;
    // A kind that is no longer served has taken its objects with it.
    const resource = await cluster.find(kindOf(old.live));
    if (!resource) return;
    const { name } = parseId(operation.id);
    try {
        await cluster.request(cluster.path(resource, namespaceOf(old.live), name), {
            method: "DELETE",
            body: { propagationPolicy: propagation(old.inputs) },
            signal: cancelled,
        });
    } catch (error) {
        if (error instanceof ApiError && error.code === 404) return;
        throw error;
    }
    if (
        annotation(old.inputs, "skipAwait") === "true" &&
        skippable.some(([version, kind]) => isA(old.live, version, kind))
    )
        return;
    const signal = deadline(old.inputs, { cluster, log, cancelled, seconds: operation.seconds });
    await gone(old.live, { cluster, log, signal });
}

// Elsewhere `skipAwait` is about becoming ready only.
const skippable = [
    ["apps/v1", "DaemonSet"],
    ["apps/v1", "Deployment"],
    ["apps/v1", "StatefulSet"],
    ["batch/v1", "Job"],
    ["v1", "Namespace"],
    ["v1", "Pod"],
    ["v1", "ReplicationController"],
] as const;

function propagation(inputs: ValueMap): string {
    const asked = annotation(inputs, "deletionPropagationPolicy").toLowerCase();
    return asked === "orphan" ? "Orphan" : asked === "background" ? "Background" : "Foreground";
}

function stateOf(news: ValueMap, fieldManager: string): State {
    const inputs = parseInputs(news);
    const manager = fieldManagerFor(inputs, fieldManager);
    return { inputs, live: {}, fieldManager: manager, initialApiVersion: text(inputs.apiVersion) };
}

const applyOf = (provider: Provider, { inputs, fieldManager }: State, preview: boolean): Apply => ({
    cluster: reachable(provider),
    settings: provider.settings,
    inputs,
    fieldManager: fieldManager || creator,
    preview,
    signal: provider.cancelled,
});

const isServed = async ({ cluster }: Provider, news: ValueMap): Promise<boolean> =>
    (await cluster?.find(kindOf(parseInputs(news)))) !== undefined;

/** A preview does not know what comes before it: a namespace to be made, an object to be deleted. */
function cannotTell(error: unknown): boolean {
    if (error instanceof Error && isApiError(error.cause, "AlreadyExists")) return true;
    return isApiError(error, "Forbidden") || isApiError(error, "NotFound");
}

function creationError(urn: string, inputs: ValueMap, error: unknown): Error {
    if (!(error instanceof NoMatch))
        return new Error(
            `resource "${urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`,
        );
    const { apiVersion, kind } = kindOf(inputs);
    return new Error(
        `creation of resource "${urn}" with kind ${apiVersion}/${kind} failed because the Kubernetes API server ` +
            "reported that the apiVersion for this resource does not exist. " +
            `Verify that any required CRDs have been created: ${error.message}`,
    );
}

async function waitReady(
    provider: Provider,
    { live, log, operation }: { live: ValueMap; log: ReturnType<typeof logFor>; operation: Operation },
    failure: (error: NotReady) => Error,
): Promise<ValueMap> {
    const { cancelled } = provider;
    try {
        return await ready(live, { cluster: reachable(provider), log, cancelled, seconds: operation.seconds });
    } catch (error) {
        throw error instanceof NotReady ? failure(error) : error;
    }
}

async function liveObject(provider: Provider, object: ValueMap): Promise<ValueMap> {
    const cluster = reachable(provider);
    const resource = await cluster.require(kindOf(object));
    return await cluster.request(cluster.path(resource, namespaceOf(object), nameOf(object)));
}
