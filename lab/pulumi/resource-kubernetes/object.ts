// Kubernetes objects as plain JSON, and what is read from them everywhere.
import { isMap, text, type Value, type ValueMap } from "../values.ts";

export interface ApiKind {
    apiVersion: string;
    kind: string;
}

export const at = (value: Value | undefined, ...path: (string | number)[]): Value | undefined =>
    path.reduce<Value | undefined>(
        (inner, key) =>
            Array.isArray(inner)
                ? inner[Number(key)]
                : isMap(inner) && Object.hasOwn(inner, key)
                  ? inner[key]
                  : undefined,
        value,
    );

export const mapAt = (value: Value | undefined, ...path: (string | number)[]): ValueMap => {
    const found = at(value, ...path);
    return isMap(found) ? found : {};
};

export const listAt = (value: Value | undefined, ...path: (string | number)[]): Value[] => {
    const found = at(value, ...path);
    return Array.isArray(found) ? found : [];
};

export const textAt = (value: Value | undefined, ...path: (string | number)[]): string => text(at(value, ...path));

export const numberAt = (value: Value | undefined, ...path: (string | number)[]): number | undefined => {
    const found = at(value, ...path);
    return typeof found === "number" ? found : undefined;
};

export const kindOf = (object: ValueMap): ApiKind => ({ apiVersion: text(object.apiVersion), kind: text(object.kind) });
export const nameOf = (object: ValueMap): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: ValueMap): string => textAt(object, "metadata", "namespace");
export const annotation = (object: ValueMap, name: string): string =>
    textAt(object, "metadata", "annotations", `pulumi.com/${name}`);

/** What the resource is called in Pulumi's state. */
export const idOf = (object: ValueMap): string => [namespaceOf(object), nameOf(object)].filter(Boolean).join("/");

export function parseId(id: string): { namespace: string; name: string } {
    const [first = "", second] = id.split("/");
    return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

export const isA = (object: ValueMap, apiVersion: string, kind: string): boolean =>
    object.apiVersion === apiVersion && object.kind === kind;
export const isSecretObject = (object: ValueMap): boolean => isA(object, "v1", "Secret");
export const isCrd = (object: ValueMap): boolean => isA(object, "apiextensions.k8s.io/v1", "CustomResourceDefinition");

/** A copy with `value` at `path`; `undefined` takes the key out. */
export function withAt(object: ValueMap, path: readonly string[], value: Value | undefined): ValueMap {
    const [key, ...rest] = path;
    if (key === undefined) return object;
    if (rest.length > 0) {
        const inner = object[key];
        if (value === undefined && !isMap(inner)) return object;
        return { ...object, [key]: withAt(isMap(inner) ? inner : {}, rest, value) };
    }
    if (value !== undefined) return { ...object, [key]: value };
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

const refusedModules = /^kubernetes:(helm\.sh|yaml|kustomize)[/:]/;

/** `kubernetes:apps/v1:Deployment` names its kind; what is no kind of an API server is refused. */
export function kindOfType(type: string): ApiKind {
    const [, group = "", kind = ""] = type.split(":");
    if (refusedModules.test(type) || !group || !kind || type === "kubernetes:index:Chart")
        throw new Error(`${type}: the lab's stand-in for the kubernetes provider does single objects only`);
    return { apiVersion: group.replace(/^core\//, ""), kind };
}
