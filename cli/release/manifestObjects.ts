import { parseAllDocuments } from "yaml";
import { z } from "zod";

const objectSchema = z.object({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});

/** An object in rendered manifests. */
export interface ManifestObject {
    /** The API group, empty for the core group. */
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
    /** `<kind> <namespace>/<name>`, or `<kind> <name>` of a cluster. */
    readonly words: string;
}

/** The objects that only the first manifests have. Another version of the API is the same object. */
export function lostBetween(before: string, after: string): readonly ManifestObject[] {
    const kept = new Set(objectsIn(after).map(idOf));
    return objectsIn(before).filter((object) => !kept.has(idOf(object)));
}

function idOf({ group, words }: ManifestObject): string {
    return `${group} ${words}`;
}

function objectsIn(manifests: string): ManifestObject[] {
    return parseAllDocuments(manifests).flatMap((document) => {
        const { data } = objectSchema.safeParse(document.toJS());
        if (!data) {
            return [];
        }
        const { apiVersion, kind, metadata } = data;
        const { name, namespace } = metadata;
        const [version = "", group = ""] = apiVersion.split("/").toReversed();
        const words = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
        return [{ group, version, kind, name, namespace, words }];
    });
}
