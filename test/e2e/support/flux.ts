import { type Context, get, kubectl } from "./cluster";

export interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[];
                readonly [field: string]: unknown;
            };
        };
    };
}

export const inFlux = ["-n", "flux-system"] as const;

/** Flux's Deployments by their name. */
export async function deployments(context: Context): Promise<ReadonlyMap<string, Deployment>> {
    const { items } = await get<{ items: Deployment[] }>(context, ...inFlux, "deployments");
    return new Map(items.map((item) => [item.metadata.name, item]));
}

/** The names of what there is of a kind in Flux's namespace. */
export async function namesOf(context: Context, kind: string): Promise<string[]> {
    const { items } = await get<{ items: { metadata: { name: string } }[] }>(context, ...inFlux, kind);
    return items.map(({ metadata }) => metadata.name);
}

export async function available(context: Context, names: readonly string[]): Promise<void> {
    const all = names.map((name) => `deployment/${name}`);
    await kubectl(context, ...inFlux, "wait", ...all, "--for=condition=Available", "--timeout=90s");
}

/** Stops controllers, or starts them again, and waits until it is so. */
export async function scale(context: Context, replicas: 0 | 1, names: readonly string[]): Promise<void> {
    const all = names.map((name) => `deployment/${name}`);
    await kubectl(context, ...inFlux, "scale", `--replicas=${replicas}`, ...all);
    if (replicas > 0) {
        return available(context, names);
    }
    const gone = names.map((name) =>
        kubectl(context, ...inFlux, "wait", "pod", "-l", `app=${name}`, "--for=delete", "--timeout=60s"),
    );
    await Promise.all(gone);
}

/** Asks Flux for an object, and does not wait for it. Returns what it would answer with. */
export async function askFor(context: Context, object: string): Promise<string> {
    const at = new Date().toISOString();
    const annotation = `reconcile.fluxcd.io/requestedAt=${at}`;
    await kubectl(context, ...inFlux, "annotate", "--overwrite", object, annotation);
    return at;
}
