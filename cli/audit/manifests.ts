import { parseAllDocuments } from "yaml";

/** An object in kustomize's output. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly [field: string]: unknown;
}

/**
 * The objects of a rendered overlay. A generated ConfigMap or Secret has a hash of its content in its name and in all
 * references. The hashes are removed here, so that only the content differs.
 */
export function manifestsOf(rendered: string): Manifest[] {
    const manifests = parseAllDocuments(rendered).flatMap((document) => {
        const value = document.toJS() as Manifest | null;
        return value === null ? [] : [value];
    });
    const generated = generatedNames(manifests);
    return manifests.map((manifest) => withNames(manifest, generated) as Manifest);
}

/** Ten hex digits. kustomize replaces 0, 1, 3, a and e with g, h, k, m and t, so that they cannot spell a word. */
const hashSuffix = /-[2456789bcdfghkmt]{10}$/;

/**
 * The names with a hash, mapped to those without. A name keeps its hash if another object would have the same name
 * without it.
 */
function generatedNames(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
    const names = manifests
        .filter(({ kind, metadata: { name } }) => ["ConfigMap", "Secret"].includes(kind) && hashSuffix.test(name))
        .map(({ metadata: { name } }) => name);
    const plain = (name: string) => name.replace(hashSuffix, "");
    const taken = new Set(manifests.map(({ metadata: { name }, kind }) => `${kind} ${name}`));
    const unique = [...new Set(names)].filter(
        (name, _, all) =>
            all.filter((other) => plain(other) === plain(name)).length === 1 &&
            !taken.has(`ConfigMap ${plain(name)}`) &&
            !taken.has(`Secret ${plain(name)}`),
    );
    return new Map(unique.map((name) => [name, plain(name)]));
}

function withNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
    if (typeof value === "string") {
        return names.get(value) ?? value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => withNames(item, names));
    }
    return isMap(value)
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNames(inner, names)]))
        : value;
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
