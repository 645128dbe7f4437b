import { isDeepStrictEqual } from "node:util";

import type { Registered } from "./engine";

/** The difference of one stack's resources from those of another. */
export interface Difference {
    /** The resources that only this stack has. */
    readonly added: readonly Registered[];
    /** The types and names of the resources that only the other stack has. */
    readonly removed: readonly string[];
    /** By type and name, each field that differs: its value in the other stack, and in this one. */
    readonly changed: Readonly<Record<string, Readonly<Record<string, readonly [unknown, unknown]>>>>;
}

/** How the resources of a stack differ from those of another stack. */
export function differenceFrom(other: readonly Registered[], own: readonly Registered[]): Difference {
    const [before, after] = [other, own].map((all) => new Map(all.map((it) => [nameOf(it), it])));
    const shared = [...(after ?? [])].flatMap(([name, it]) => {
        const theirs = before?.get(name);
        return theirs === undefined ? [] : [[name, fieldsOf(theirs, it)] as const];
    });
    return {
        added: own.filter((it) => !before?.has(nameOf(it))),
        removed: [...(before?.keys() ?? [])].filter((name) => !after?.has(name)),
        changed: Object.fromEntries(shared.filter(([, fields]) => Object.keys(fields).length > 0)),
    };
}

function nameOf({ type, name }: Registered): string {
    return `${type} ${name}`;
}

function fieldsOf(before: unknown, after: unknown, path = ""): Record<string, readonly [unknown, unknown]> {
    if (isDeepStrictEqual(before, after)) {
        return {};
    }
    if (!isMap(before) || !isMap(after)) {
        return { [path]: [before ?? null, after ?? null] };
    }
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    const parts = keys.map((key) => fieldsOf(before[key], after[key], path === "" ? key : `${path}.${key}`));
    return Object.assign({}, ...parts) as Record<string, readonly [unknown, unknown]>;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
