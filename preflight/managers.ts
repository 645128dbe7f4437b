import { KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

import { isNotFound, kubeconfigOf, type ManagedFields, type Source, withTimeout } from "./kubernetes";

/**
 * Renames managers of an object's fields, where `rename` gives another name. Does nothing if there is no such object. Fails
 * when the cluster does not answer, or the user may not.
 */
export async function renameManagers(
    context: string,
    object: Pick<Source, "apiVersion" | "kind"> & { readonly metadata: { name: string; namespace?: string } },
    rename: (entry: ManagedFields) => string,
): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    for (let tries = 1; ; tries += 1) {
        try {
            const { metadata } = await withTimeout(api.read<Source>({ ...object, metadata: { ...object.metadata } }));
            const { managedFields = [] } = metadata;
            const renamed = managedFields.map((entry) => ({ ...entry, manager: rename(entry) }));
            if (renamed.every(({ manager }, at) => manager === managedFields[at]?.manager)) {
                return;
            }
            const { resourceVersion } = metadata as { resourceVersion?: string };
            const { apiVersion, kind } = object;
            const patch = {
                apiVersion,
                kind,
                metadata: { ...object.metadata, resourceVersion, managedFields: renamed },
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
