import type { Cluster, Request } from "../../uninstall/cluster";

interface Metadata {
    readonly name: string;
    readonly namespace?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly resourceVersion?: string;
}

export interface Stored {
    readonly metadata: Metadata;
    readonly [field: string]: unknown;
}

/** An API server's objects by their path, with its rules for finalizers and versions: as much as a teardown asks of it. */
export class FakeCluster implements Cluster {
    public readonly context = "dev";
    public deadline = Date.now() + 10_000;
    public readonly said: string[] = [];
    public readonly say = (text: string) => void this.said.push(text);
    /** Every write, as `METHOD path`. */
    public readonly writes: string[] = [];
    public readonly objects = new Map<string, Stored>();
    /** What to answer instead, by `METHOD path`: each once, in order. */
    public readonly instead = new Map<string, (number | (() => void))[]>();
    #version = 0;

    /** Adds an object at `<api>/[namespaces/<namespace>/]<plural>`. */
    public add(collection: string, object: Stored): this {
        this.#version += 1;
        const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
        this.objects.set(`${collection}/${metadata.name}`, { ...object, metadata });
        return this;
    }

    public send = (request: Request): Promise<{ status: number; text: string }> => {
        const { method = "GET", path } = request;
        if (method !== "GET") {
            this.writes.push(`${method} ${path}`);
        }
        const [instead] = this.instead.get(`${method} ${path}`)?.splice(0, 1) ?? [];
        if (typeof instead === "number") {
            return Promise.resolve(answer(instead, { message: `status ${instead}` }));
        }
        instead?.();
        return Promise.resolve(this.#answer(request));
    };

    #answer({ method = "GET", path, body }: Request) {
        const url = new URL(path, "http://cluster");
        const object = this.objects.get(url.pathname);
        if (url.searchParams.has("limit")) {
            return answer(200, this.#page(url));
        }
        if (!object) {
            return answer(404, {});
        }
        if (method === "DELETE") {
            this.#settle(url.pathname, { ...object, metadata: { ...object.metadata, deletionTimestamp: "now" } });
        }
        if (method === "PATCH") {
            const { metadata } = body as { metadata: { finalizers: string[] | null; resourceVersion: string } };
            if (metadata.resourceVersion !== object.metadata.resourceVersion) {
                return answer(409, { message: "the object has been modified" });
            }
            const finalizers = metadata.finalizers ?? [];
            this.#settle(url.pathname, { ...object, metadata: { ...object.metadata, finalizers } });
        }
        return answer(200, object);
    }

    #settle(path: string, object: Stored): void {
        const { deletionTimestamp, finalizers = [] } = object.metadata;
        if (deletionTimestamp !== undefined && finalizers.length === 0) {
            this.objects.delete(path);
        } else {
            this.add(path.slice(0, path.lastIndexOf("/")), object);
        }
    }

    /** Two objects a page, so that every list of three has a second one. */
    #page({ pathname, searchParams }: URL) {
        const plural = pathname.slice(pathname.lastIndexOf("/"));
        const api = pathname.slice(0, -plural.length);
        const all = [...this.objects].filter(([path]) => {
            const collection = path.slice(0, path.lastIndexOf("/"));
            return (
                collection === pathname || (collection.startsWith(`${api}/namespaces/`) && collection.endsWith(plural))
            );
        });
        const start = Number(searchParams.get("continue") ?? 0);
        const rest = start + 2 < all.length ? { continue: String(start + 2) } : {};
        return { metadata: rest, items: all.slice(start, start + 2).map(([, object]) => object) };
    }
}

function answer(status: number, body: object) {
    return { status, text: JSON.stringify(body) };
}
