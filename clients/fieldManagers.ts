import { isDeepStrictEqual } from "node:util";

import { KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

import { isNotFound, kubeconfigOf, type ManagedFields, type Source, withTimeout } from "./cluster";

/**
 * Changes who an object says its fields are managed by. Does nothing if there is no such object. Fails when the cluster does
 * not answer, or the user may not.
 */
export async function changeManagers(
    context: string,
    object: Pick<Source, "apiVersion" | "kind"> & { readonly metadata: { name: string; namespace?: string } },
    change: (entry: ManagedFields) => ManagedFields,
): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    for (let tries = 1; ; tries += 1) {
        try {
            const { metadata } = await withTimeout(api.read<Source>({ ...object, metadata: { ...object.metadata } }));
            const { managedFields = [] } = metadata;
            const changed = managedFields.map(change);
            if (isDeepStrictEqual(changed, managedFields)) {
                return;
            }
            const { resourceVersion } = metadata as { resourceVersion?: string };
            const { apiVersion, kind } = object;
            const patch = {
                apiVersion,
                kind,
                metadata: { ...object.metadata, resourceVersion, managedFields: changed },
            };
            await withTimeout(api.patch(patch as never, ...noOptions, PatchStrategy.MergePatch));
            return;
        } catch (error) {
            if (isNotFound(error)) {
                return;
            }
            // Somebody, mostly a controller, has written the object in between.
            if (!isConflict(error) || tries === 10) {
                throw error;
            }
        }
    }
}

/** `pretty`, `dryRun`, `fieldManager` and `force` of the client. */
const noOptions = [undefined, undefined, undefined, undefined] as const;

function isConflict(error: unknown): boolean {
    return error instanceof Error && "code" in error && error.code === 409;
}

/**
 * Managed fields without those that an object has, as a server-side apply by force would leave them. Fields of what is not
 * in the object stay. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
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

/** What an object has at `f:<field>`, or a list at `k:<keys of an item>` or `v:<value>`. */
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
