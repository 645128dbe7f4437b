import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "./kustomize";

type ModelModule = Record<string, (new (data: object) => { validate(): void }) | undefined>;

/**
 * Throws where a manifest is not what the Kubernetes API describes, unknown fields included. Types, formats and
 * required fields are checked by kubernetes-models, whose schemas let unknown fields pass. The official client's
 * serializer keeps known fields alone, so a manifest with a misspelt one does not come back whole.
 */
export async function validate(manifest: Manifest): Promise<void> {
    const { apiVersion, kind, metadata } = manifest;
    const version = apiVersion.split("/").at(-1) ?? "";
    const type = `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;

    const models = (await import(`kubernetes-models/${apiVersion}`)) as ModelModule;
    const clientModels = await import("@kubernetes/client-node/dist/gen/models/all.js");
    const Model = models[kind];
    if (Model === undefined || !(type in clientModels)) {
        throw new Error(`Kubernetes has no ${kind} in ${apiVersion}.`);
    }
    new Model(manifest).validate();

    const { ObjectSerializer } = await import("@kubernetes/client-node/dist/serializer.js");
    const known: unknown = ObjectSerializer.serialize(ObjectSerializer.deserialize(manifest, type), type);
    const unknown = lostFields(manifest, known);
    if (unknown.length > 0) {
        throw new Error(`${kind} ${metadata.name} has fields that Kubernetes does not know: ${unknown.join(", ")}.`);
    }
}

function lostFields(before: unknown, after: unknown, path = ""): string[] {
    if (isDeepStrictEqual(before, after)) {
        return [];
    }
    if (typeof before === "object" && before !== null && typeof after === "object" && after !== null) {
        return Object.entries(before).flatMap(([key, value]) =>
            lostFields(value, (after as Record<string, unknown>)[key], `${path}.${key}`),
        );
    }
    return [path];
}
