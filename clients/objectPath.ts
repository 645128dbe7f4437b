/** The path of an object, or of a list if it has no name. */
export function pathOf({ apiVersion, kind, metadata: { namespace, name } }: ObjectKey): string {
    const api = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
    return `${api}${within}/${pluralOf(kind)}${name === undefined ? "" : `/${name}`}`;
}

interface ObjectKey {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly namespace?: string | undefined; readonly name?: string };
}

/**
 * The rule holds for all kinds of Flux and of its manifest.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/api/meta#UnsafeGuessKindToResource
 */
function pluralOf(kind: string): string {
    const name = kind.toLowerCase();
    if (name.endsWith("s")) {
        return `${name}es`;
    }
    return name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`;
}
