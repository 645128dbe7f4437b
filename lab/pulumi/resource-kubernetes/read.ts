// How an object is now: for a refresh, and for an import by id.
import { PartialFailure } from "../rpc.ts";
import { equal, type ValueMap } from "../values.ts";
import { update } from "./apply.ts";
import { ApiError } from "./cluster.ts";
import { logFor } from "./log.ts";
import { idOf, kindOf, parseId, type ApiKind } from "./object.ts";
import { deleteInstead, fieldManagerFor, reachable, type Provider } from "./provider.ts";
import { asStored, inputsOf, keepSecrets, parseInputs, parseState, refreshed, writeState } from "./state.ts";
import { get } from "./wait/follow.ts";
import { unready } from "./wait/ready.ts";

export interface Known {
    urn: string;
    id: string;
    kind: ApiKind;
    inputs: ValueMap;
    properties: ValueMap;
}

export interface Found {
    id: string;
    inputs: ValueMap;
    properties: ValueMap;
}

/** Nothing if it is gone. */
export async function read(provider: Provider, known: Known): Promise<Found | undefined> {
    if (!provider.cluster) {
        const log = logFor(known.urn);
        log.say("warning", `configured Kubernetes cluster is unreachable: ${provider.unreachable}`);
        if (provider.settings.deleteUnreachable) return undefined;
        throw new Error(`failed to read resource state due to unreachable cluster. ${deleteInstead}`);
    }
    const { namespace, name } = parseId(known.id);
    if (!name)
        throw new Error(
            `failed to read resource because of a failure to parse resource name from request ID: ${known.id}`,
        );
    const state = parseState(known.properties);
    const kind = state.live.kind === undefined ? known.kind : kindOf(state.live);
    const resource = await provider.cluster.find(kind);
    if (!resource) return undefined;
    const path = provider.cluster.path(resource, namespace || provider.defaultNamespace, name);
    const live = await get(provider.cluster, path, provider.cancelled);
    if (!live) return undefined;
    const asked = parseInputs(known.inputs);
    const isNew = Object.keys(asked).length === 0;
    const inputs = isNew ? inputsOf(live) : await drifted(provider, { asked, live, manager: state.fieldManager });
    const fieldManager = fieldManagerFor(inputs, state.fieldManager);
    const initialApiVersion = state.initialApiVersion || kind.apiVersion;
    const found = {
        id: isNew ? idOf(live) : known.id,
        inputs: keepSecrets(inputs, known.inputs),
        properties: writeState({ inputs, live, fieldManager, initialApiVersion }, known.inputs),
    };
    const reasons = isNew ? [] : unready(live);
    if (reasons.length === 0) return found;
    const message = `Resource '${name}' was created but failed to initialize`;
    throw new PartialFailure(message, { id: found.id, state: found.properties, inputs: found.inputs }, reasons);
}

/** Where the object is not literally what was asked for, a dry run tells the server's spelling of it from drift. */
async function drifted(
    provider: Provider,
    known: { asked: ValueMap; live: ValueMap; manager: string },
): Promise<ValueMap> {
    const { asked, live, manager } = known;
    const literal = refreshed(asked, asStored(asked), live);
    if (equal(literal, asked)) return asked;
    const settings = { ...provider.settings, enablePatchForce: true };
    const cluster = reachable(provider);
    try {
        const apply = {
            cluster,
            settings,
            inputs: asked,
            fieldManager: manager,
            preview: true,
            signal: provider.cancelled,
        };
        return refreshed(asked, await update(apply, live), live);
    } catch (error) {
        // What cannot be applied any more has drifted beyond that.
        if (error instanceof ApiError) return literal;
        throw error;
    }
}
