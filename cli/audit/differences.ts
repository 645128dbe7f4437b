import { isDeepStrictEqual } from "node:util";

import { isMap, type Manifest } from "./manifests";

/** Values by environment. An environment without a value is left out. */
export type Values = Readonly<Record<string, unknown>>;

/** A field that is not equal in all environments. */
export interface Difference {
    readonly object: ObjectName;
    /**
     * The path of the field. Empty if the object itself exists only in some environments; its values are then `true`.
     */
    readonly path: readonly string[];
    readonly values: Values;
}

export interface ObjectName {
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
}

/** All differences between overlays, by object and field. */
export function differencesBetween(overlays: Readonly<Record<string, readonly Manifest[]>>): Difference[] {
    const environments = Object.keys(overlays);
    const objects = new Map<string, Record<string, Manifest>>();
    for (const [environment, manifests] of Object.entries(overlays)) {
        for (const manifest of manifests) {
            const key = keyOf(manifest);
            objects.set(key, { ...objects.get(key), [environment]: manifest });
        }
    }
    return [...objects.values()].flatMap((byEnvironment) => {
        const found = Object.entries(byEnvironment);
        const [[, { kind, metadata }] = ["", { kind: "", metadata: { name: "" } }]] = found;
        const object = { kind, namespace: metadata.namespace, name: metadata.name };
        if (found.length < environments.length) {
            const path: string[] = [];
            return [{ object, path, values: Object.fromEntries(found.map(([environment]) => [environment, true])) }];
        }
        return compare(byEnvironment, environments, []).map((it) => ({ object, ...it }));
    });
}

/** The identity of an object. The version of its API is not part of it. */
function keyOf({ apiVersion, kind, metadata }: Manifest): string {
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    return [group, kind, metadata.namespace ?? "", metadata.name].join(" ");
}

type Found = Omit<Difference, "object">;

function compare(values: Values, environments: readonly string[], path: readonly string[]): Found[] {
    if (allEqual(environments.map((environment) => values[environment]))) {
        return [];
    }
    const parts = partsOf(Object.values(values));
    const inner = (parts ?? []).flatMap(([segment, of]) => {
        const entries = Object.entries(values).map(([environment, value]) => [environment, of(value)] as const);
        const there = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
        return compare(there, environments, [...path, segment]);
    });
    // No field inside differs if one value is empty and another is missing, or if only the order of a list differs.
    return inner.length > 0 ? inner : [{ path, values }];
}

export function allEqual(values: readonly unknown[]): boolean {
    return values.every((value) => isDeepStrictEqual(value, values[0]));
}

type Part = readonly [segment: string, of: (value: unknown) => unknown];

/** The parts to compare: the fields of maps, and the items of lists by name or, without names, by position. */
function partsOf(values: readonly unknown[]): Part[] | undefined {
    if (values.every(isMap)) {
        const keys = [...new Set(values.flatMap((value) => Object.keys(value)))];
        return keys.map((key): Part => [key, (value) => (value as Record<string, unknown>)[key]]);
    }
    if (!values.every((value) => Array.isArray(value) && value.every(isMap))) {
        return undefined;
    }
    const lists = values as readonly (readonly Readonly<Record<string, unknown>>[])[];
    if (lists.every(isNamed)) {
        const names = [...new Set(lists.flatMap((items) => items.map(({ name }) => String(name))))];
        return names.map((name): Part => [
            `[name=${name}]`,
            (items) => (items as (typeof lists)[0]).find((it) => it.name === name),
        ]);
    }
    const length = Math.max(...lists.map((items) => items.length));
    return allEqual(lists.map((items) => items.length))
        ? Array.from({ length }, (_, index): Part => [String(index), (items) => (items as unknown[])[index]])
        : undefined;
}

function isNamed(items: readonly Readonly<Record<string, unknown>>[]): boolean {
    const names = items.map(({ name }) => name);
    return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}
