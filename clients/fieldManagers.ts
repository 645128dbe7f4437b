import { isDeepStrictEqual } from "node:util";

import { ApiError, ask, isNotFound, type ManagedFields, type Source } from "./cluster";
import { pathOf } from "./objectPath";

/**
 * Changes the managed fields of an object. Does nothing if the object does not exist. Fails if the cluster does not
 * answer, or if the user lacks the right.
 */
export async function changeManagers(
    context: string,
    object: Pick<Source, "apiVersion" | "kind"> & { readonly metadata: { name: string; namespace?: string } },
    change: (entry: ManagedFields) => ManagedFields,
): Promise<void> {
    const path = pathOf(object);
    for (let tries = 1; ; tries += 1) {
        try {
            const { metadata } = await ask<Source>(context, { path });
            const { managedFields = [] } = metadata;
            const changed = managedFields.map(change);
            if (isDeepStrictEqual(changed, managedFields)) {
                return;
            }
            const { resourceVersion } = metadata as { resourceVersion?: string };
            const body = { metadata: { resourceVersion, managedFields: changed } };
            await ask(context, { method: "PATCH", path, body, contentType: "application/merge-patch+json" });
            return;
        } catch (error) {
            if (isNotFound(error)) {
                return;
            }
            // Another client, mostly a controller, changed the object in the meantime.
            if (!isConflict(error) || tries === 10) {
                throw error;
            }
        }
    }
}

function isConflict(error: unknown): boolean {
    return error instanceof ApiError && error.status === 409;
}

/**
 * Removes from managed fields those that an object sets, as a forced server-side apply would. The other fields stay.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function withoutFieldsOf(fields: object, object: unknown): object {
    return Object.fromEntries(
        Object.entries(fields).flatMap(([key, inner]: [string, object]): [string, object][] => {
            const found = key === "." ? undefined : valueAt(key, object);
            if (found === undefined) {
                return [[key, inner]];
            }
            const left = withoutFieldsOf(inner, found);
            return Object.keys(left).some((it) => it !== ".") ? [[key, left]] : [];
        }),
    );
}

/** The value of an object at `f:<field>`, or the item of a list at `k:<keys of the item>` or `v:<value>`. */
function valueAt(key: string, object: unknown): unknown {
    const name = key.slice(2);
    if (key.startsWith("f:")) {
        return isFields(object) ? object[name] : undefined;
    }
    if (!Array.isArray(object)) {
        return undefined;
    }
    const wanted = JSON.parse(name) as unknown;
    return object.find((item: unknown) =>
        isFields(wanted) && isFields(item)
            ? Object.entries(wanted).every(([field, value]) => isDeepStrictEqual(item[field], value))
            : isDeepStrictEqual(item, wanted),
    );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
