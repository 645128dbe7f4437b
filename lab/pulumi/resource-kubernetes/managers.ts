// Who manages which field of an object: what server-side apply decides conflicts by.
import { isMap, text, type Value, type ValueMap } from "../values.ts";
import { at, listAt, mapAt, withAt } from "./object.ts";
import { fieldPath } from "./diff.ts";

// Their fields become ours on an update, as with the official provider: they are earlier hands of the same person.
const predecessors = ["kubectl Apply", "kubectl Update", "before-first-apply Update", "pulumi-kubernetes Update"];

const managers = (live: ValueMap): ValueMap[] => listAt(live, "metadata", "managedFields").filter(isMap);

/** The managedFields with the predecessors' fields moved to `manager`; nothing if there are none. */
export function adopted(live: ValueMap, manager: string): Value[] | undefined {
    const isPredecessor = ({ manager: name, operation, subresource }: ValueMap) =>
        !subresource && predecessors.includes(`${text(name)} ${text(operation)}`);
    const old = managers(live).filter(isPredecessor);
    const [first] = old;
    if (!first) return undefined;
    const isOurs = (entry: ValueMap) => entry.manager === manager && entry.operation === "Apply";
    const others = managers(live).filter((entry) => !isPredecessor(entry) && !isOurs(entry));
    const all = [...managers(live).filter(isOurs), ...old];
    const fieldsV1 = all.reduce<ValueMap>((fields, entry) => merge(fields, mapAt(entry, "fieldsV1")), {});
    return [...others, { ...first, manager, operation: "Apply", fieldsV1 }];
}

function merge(one: ValueMap, other: ValueMap): ValueMap {
    const merged = { ...one };
    for (const [key, value] of Object.entries(other)) {
        const known = merged[key];
        merged[key] = isMap(known) && isMap(value) ? merge(known, value) : value;
    }
    return merged;
}

/** A field that the program ignores is left to its other manager, or else applied as it is. */
export function withoutIgnoredFields(
    inputs: ValueMap,
    live: ValueMap,
    ignored: readonly string[],
    manager: string,
): ValueMap {
    return ignored.reduce((result, path) => {
        const keys = fieldPath(path.replaceAll('"', "")).map(String);
        const owners = managers(live).filter(
            (entry) => at(entry, "fieldsV1", ...keys.map((key) => `f:${key}`)) !== undefined,
        );
        if (owners.length > 0 && !owners.some((entry) => entry.manager === manager))
            return withAt(result, keys, undefined);
        const current = at(live, ...keys);
        return current === undefined ? result : withAt(result, keys, current);
    }, inputs);
}
