// Bringing an object to the API server: a real create first, server-side apply from then on.
import { isMap, text, type ValueMap } from "../values.ts";
import { ApiError, isApiError, NoMatch, type Cluster } from "./cluster.ts";
import type { Settings } from "./config.ts";
import { adopted, withoutIgnoredFields } from "./managers.ts";
import { annotation, isCrd, kindOf, listAt, nameOf, namespaceOf, textAt, withAt } from "./object.ts";

/** Creates are recorded under this name; the first update moves its fields to the object's own manager. */
export const creator = "pulumi-kubernetes";

export interface Apply {
    cluster: Cluster;
    settings: Settings;
    inputs: ValueMap;
    fieldManager: string;
    preview: boolean;
    signal: AbortSignal;
}

const retryDelays = [100, 200, 400, 800, 1600, 3200];

/** Fails with AlreadyExists on an object that is there already, unless the provider upserts. */
export async function create(apply: Apply, retrying: (attempt: number, error: Error) => void): Promise<ValueMap> {
    for (const [attempt, delay] of [...retryDelays, undefined].entries()) {
        try {
            return await createOnce(apply);
        } catch (error) {
            if (!(error instanceof Error)) throw error;
            if (isApiError(error, "AlreadyExists"))
                throw new Error(`${error.message}\n\n${alreadyExists}`, { cause: error });
            // A kind or namespace that was made a moment ago may not be served yet.
            const mayCome = error instanceof NoMatch || isApiError(error, "NotFound");
            if (apply.preview || !mayCome || delay === undefined || apply.signal.aborted) throw error;
            retrying(attempt, error);
            await new Promise((resolve) => setTimeout(resolve, delay));
        }
    }
    throw new Error("unreachable");
}

async function createOnce(apply: Apply): Promise<ValueMap> {
    const { cluster, settings, inputs, signal } = apply;
    const resource = await cluster.require(kindOf(inputs));
    if (settings.upsertExistingObjects) return await patch(apply, undefined, inputs);
    return await cluster.request(cluster.path(resource, namespaceOf(inputs)), {
        method: "POST",
        query: { fieldManager: creator, ...dryRun(apply) },
        body: inputs,
        signal,
    });
}

export async function update(apply: Apply, old: ValueMap, ignored: readonly string[] = []): Promise<ValueMap> {
    const { cluster, inputs, signal } = apply;
    const resource = await cluster.require(kindOf(inputs));
    const path = cluster.path(resource, namespaceOf(old), nameOf(old));
    const live = await cluster.request(path, { signal });
    if (isCrd(inputs)) {
        // A CRD is replaced as a whole, like `kubectl replace`: no version or field of the old one stays behind.
        const version = textAt(live, "metadata", "resourceVersion");
        const body = withAt(inputs, ["metadata", "resourceVersion"], version);
        const query = { fieldManager: apply.fieldManager, ...dryRun(apply) };
        return await cluster.request(path, { method: "PUT", query, body, signal });
    }
    const owned = apply.preview ? live : await takeOver(apply, path, live);
    return await patch(apply, live, withoutIgnoredFields(inputs, owned, ignored, apply.fieldManager));
}

/** Moves the predecessors' fields to the object's manager; tried again when a controller wrote in between. */
async function takeOver(apply: Apply, path: string, live: ValueMap, attempts = 5): Promise<ValueMap> {
    const { cluster, fieldManager, signal } = apply;
    const managedFields = adopted(live, fieldManager);
    if (!managedFields) return live;
    const body = [
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
        { op: "replace", path: "/metadata/resourceVersion", value: textAt(live, "metadata", "resourceVersion") },
    ];
    try {
        const contentType = "application/json-patch+json";
        return await cluster.request(path, { method: "PATCH", contentType, body, signal });
    } catch (error) {
        if (!isApiError(error, "Conflict") || attempts === 1) throw error;
        return await takeOver(apply, path, await cluster.request(path, { signal }), attempts - 1);
    }
}

async function patch(apply: Apply, live: ValueMap | undefined, body: ValueMap): Promise<ValueMap> {
    const { cluster, inputs, fieldManager, signal } = apply;
    const resource = await cluster.require(kindOf(inputs));
    try {
        return await cluster.request(cluster.path(resource, namespaceOf(inputs), nameOf(inputs)), {
            method: "PATCH",
            contentType: "application/apply-patch+yaml",
            query: { fieldManager, force: String(force(apply, live)), ...dryRun(apply) },
            body,
            signal,
        });
    } catch (error) {
        if (!isApiError(error, "Conflict")) throw error;
        throw new Error(
            `${conflictHelp}\nThe resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}`,
            { cause: error },
        );
    }
}

function force({ settings, inputs, preview }: Apply, live: ValueMap | undefined): boolean {
    if (annotation(inputs, "patchForce") === "true" || settings.enablePatchForce) return true;
    const managers = listAt(live, "metadata", "managedFields").filter(isMap);
    if (live && managers.length === 0) return true;
    // In a preview the creator's fields have not been moved yet: that conflict is not a real one.
    return (
        preview && (!live || managers.some(({ manager, operation }) => manager === creator && operation === "Update"))
    );
}

/** The fields that the API server says cannot be changed, found by a dry run. */
export async function immutableFields(apply: Apply, old: ValueMap): Promise<string[]> {
    try {
        await update({ ...apply, preview: true }, old);
        return [];
    } catch (error) {
        // Any other refusal is the update's to report.
        if (!(error instanceof ApiError)) return [];
        return error.causes
            .filter(({ message }) => text(message).includes("field is immutable"))
            .map(({ field }) => text(field));
    }
}

const dryRun = ({ preview }: Apply): { dryRun?: string } => (preview ? { dryRun: "All" } : {});

const conflictHelp =
    "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help";

const alreadyExists = `The resource already exists in the cluster. Then either
  - it was renamed in the program: give it an alias, or deleteBeforeReplace if it must be replaced;
  - something else made it: \`pulumi import\` it, or delete it;
  - it is meant to be taken over: set upsertExistingObjects on the provider.`;
