import { equal, isMap, type Value, type ValueMap } from "../values.ts";

type Path = readonly (string | number)[];
export type Change = "add" | "delete" | "update";

export interface Difference {
    path: Path;
    change: Change;
    replace: boolean;
}

/** What differs between two values, as deep as both are of one shape. */
export function differences(old: Value | undefined, now: Value | undefined, path: Path = []): Difference[] {
    if (equal(old, now)) return [];
    if (isMap(old) && isMap(now)) {
        const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
        return [...keys].sort().flatMap((key) => differences(old[key], now[key], [...path, key]));
    }
    if (Array.isArray(old) && Array.isArray(now)) {
        const length = Math.max(old.length, now.length);
        return Array.from({ length }, (_, index) => differences(old[index], now[index], [...path, index])).flat();
    }
    const change = old === undefined ? "add" : now === undefined ? "delete" : "update";
    return [{ path, change, replace: false }];
}

/** Marks what means a replacement: a difference at, above or below one of `fields` (`spec.selector`). */
export function markReplaces(all: Difference[], fields: readonly string[], values: [ValueMap, ValueMap]): Difference[] {
    const touched = fields
        .map((field) => fieldPath(field))
        .filter((path) => !equal(get(values[0], path), get(values[1], path)));
    return all.map((one) => ({ ...one, replace: one.replace || touched.some((path) => related(one.path, path)) }));
}

/** `spec.containers[0].image` as the API server names a field. */
export const fieldPath = (field: string): Path =>
    [...field.matchAll(/\[(\d+)\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, index, key, name]) =>
        index === undefined ? (key ?? name ?? "") : Number(index),
    );

/** The path as Pulumi writes it: `spec.template.metadata.labels["app.kubernetes.io/name"]`. */
export const pathText = (path: Path): string =>
    path
        .map((key, position) => {
            if (typeof key === "number") return `[${key}]`;
            if (/[."[\]]/.test(key)) return `["${key.replaceAll('"', '\\"')}"]`;
            return position === 0 ? key : `.${key}`;
        })
        .join("");

/** Takes out what the program asked to ignore; `*` stands for any key. */
export const withoutIgnored = (all: Difference[], ignored: readonly string[]): Difference[] => {
    const paths = ignored.map((path) => fieldPath(path.replaceAll('"', "")));
    return all.filter((one) => !paths.some((path) => path.every((key, at) => key === "*" || key === one.path[at])));
};

const related = (one: Path, other: Path): boolean =>
    one.slice(0, other.length).every((key, position) => key === other[position]);

const get = (value: Value | undefined, path: Path): Value | undefined =>
    path.reduce<Value | undefined>(
        (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isMap(inner) ? inner[key] : undefined),
        value,
    );
