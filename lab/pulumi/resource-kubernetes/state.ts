// What Pulumi's state keeps of an object: the live object, and in `__inputs` what the program asked for.
import { equal, hasSecret, isMap, isSecret, plainMap, secret, text, type Value, type ValueMap } from "../values.ts";
import { at, isSecretObject, mapAt, withAt } from "./object.ts";

export interface State {
    inputs: ValueMap;
    live: ValueMap;
    fieldManager: string;
    initialApiVersion: string;
}

const own = ["__inputs", "__fieldManager", "__initialApiVersion"];

export function parseState(properties: ValueMap): State {
    const state = fromSdk(plainMap(properties));
    return {
        inputs: mapAt(state, "__inputs"),
        live: Object.fromEntries(Object.entries(state).filter(([key]) => !own.includes(key))),
        fieldManager: text(state.__fieldManager),
        initialApiVersion: text(state.__initialApiVersion),
    };
}

/** `from` are the inputs as the engine sent them, which say what is secret. */
export const writeState = ({ inputs, live, fieldManager, initialApiVersion }: State, from: ValueMap): ValueMap => ({
    ...keepSecrets(toSdk(live), from),
    __inputs: keepSecrets(toSdk(inputs), from),
    __fieldManager: fieldManager,
    __initialApiVersion: initialApiVersion,
});

/** Inputs as the API server wants them: without marks, and without what is not there. */
export const parseInputs = (inputs: ValueMap): ValueMap => withoutNulls(fromSdk(plainMap(inputs))) as ValueMap;

/** A Secret's data is secret whatever the program says; elsewhere what came in as a secret goes out as one. */
export function keepSecrets(values: ValueMap, from: ValueMap): ValueMap {
    const all = Object.entries(values).map(([key, value]): [string, Value] => {
        const given = from[key];
        if (given === undefined) return [key, value];
        if (isMap(value) && isMap(given) && !isSecret(given)) return [key, keepSecrets(value, given)];
        return [key, hasSecret(given) ? secret(value) : value];
    });
    const kept = Object.fromEntries(all);
    if (!isSecretObject(values)) return kept;
    for (const key of ["data", "stringData"]) if (kept[key] !== undefined) kept[key] = secret(kept[key]);
    return kept;
}

/**
 * The program's inputs after a look at the cluster: a field that is as `applied` says keeps the program's spelling (the
 * server writes `1000m` as `1`), one that has drifted is what is there now.
 */
export function refreshed(inputs: ValueMap, applied: ValueMap, now: ValueMap): ValueMap {
    const merged = drift(inputs, applied, now) as ValueMap;
    if (!isSecretObject(inputs) || !isMap(inputs.stringData)) return merged;
    const stringData = Object.entries(inputs.stringData).flatMap(([key, value]): [string, Value][] => {
        const [was, is] = [at(applied, "data", key), at(now, "data", key)];
        if (equal(was, is)) return [[key, value]];
        return is === undefined ? [] : [[key, Buffer.from(text(is), "base64").toString()]];
    });
    return { ...merged, stringData: Object.fromEntries(stringData) };
}

/** The server keeps a Secret's stringData as data. */
export function asStored(inputs: ValueMap): ValueMap {
    if (!isSecretObject(inputs) || !isMap(inputs.stringData)) return inputs;
    const encoded = Object.entries(inputs.stringData).map(([key, value]) => [
        key,
        Buffer.from(text(value)).toString("base64"),
    ]);
    const data = { ...mapAt(inputs, "data"), ...(Object.fromEntries(encoded) as ValueMap) };
    return withAt({ ...inputs, data }, ["stringData"], undefined);
}

function drift(input: Value, before: Value | undefined, now: Value | undefined): Value | undefined {
    if (equal(before, now)) return input;
    if (isMap(input) && isMap(now)) {
        const entries = Object.entries(input).map(([key, value]): [string, Value | undefined] => [
            key,
            drift(value, at(before, key), at(now, key)),
        ]);
        return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
    }
    if (Array.isArray(input) && Array.isArray(now) && Array.isArray(before) && now.length === input.length)
        return input.map((value, index) => drift(value, before[index], now[index]) ?? null);
    return now;
}

const serversOwn = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"];
const othersAnnotations = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/** Inputs for an object that no program has asked for yet, as on an import. */
export function inputsOf(live: ValueMap): ValueMap {
    const rest = withAt(live, ["status"], undefined);
    const kept = Object.entries(mapAt(live, "metadata")).flatMap(([key, value]): [string, Value][] => {
        if (serversOwn.includes(key)) return [];
        if (key !== "annotations" || !isMap(value)) return [[key, value]];
        const annotations = Object.entries(value).filter(([name]) => !othersAnnotations.includes(name));
        return annotations.length > 0 ? [[key, Object.fromEntries(annotations)]] : [];
    });
    return { ...rest, metadata: Object.fromEntries(kept) };
}

// The SDK's types cannot have dashes: a CRD's `x-kubernetes-*` is `x_kubernetes_*` there.
const fromSdk = (value: ValueMap): ValueMap => renamed(value, /^x_kubernetes_/, "_", "-") as ValueMap;
const toSdk = (value: ValueMap): ValueMap => renamed(value, /^x-kubernetes-/, "-", "_") as ValueMap;

function renamed(value: Value, pattern: RegExp, from: string, to: string): Value {
    if (Array.isArray(value)) return value.map((item) => renamed(item, pattern, from, to));
    if (!isMap(value)) return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
            pattern.test(key) ? key.replaceAll(from, to) : key,
            renamed(item, pattern, from, to),
        ]),
    );
}

function withoutNulls(value: Value): Value {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (!isMap(value)) return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, item]) => item !== null)
            .map(([key, item]) => [key, withoutNulls(item)]),
    );
}
