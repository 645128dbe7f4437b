// One API server: requests and watches, and what its discovery knows.
import type { KubeConfig, RequestContext, Watch } from "@kubernetes/client-node";
import { isMap, text, type Value, type ValueMap } from "../values.ts";
import { listAt, mapAt, type ApiKind } from "./object.ts";

// Imported when it is needed: it takes longer than all the rest of the start.
const client = () => import("@kubernetes/client-node");

export interface Resource extends ApiKind {
    plural: string;
    namespaced: boolean;
}

export interface Request {
    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    query?: Record<string, string>;
    body?: Value;
    contentType?: string;
    signal?: AbortSignal;
}

/** The API server's own refusal, as its Status says it. */
export class ApiError extends Error {
    readonly code: number;
    readonly reason: string;
    readonly status: ValueMap;

    constructor(code: number, status: ValueMap) {
        super(text(status.message) || `the server answered ${code}`);
        this.code = code;
        this.reason = text(status.reason);
        this.status = status;
    }

    get causes(): ValueMap[] {
        return listAt(this.status, "details", "causes").filter(isMap);
    }
}

export const isApiError = (error: unknown, reason: string): error is ApiError =>
    error instanceof ApiError && error.reason === reason;

export class NoMatch extends Error {
    constructor({ apiVersion, kind }: ApiKind) {
        super(`no matches for kind "${kind}" in version "${apiVersion}"`);
    }
}

const groupPath = (apiVersion: string) => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

export class Cluster {
    readonly #config: KubeConfig;
    readonly #server: string;
    readonly #groups = new Map<string, Promise<Resource[]>>();
    #connections: ReturnType<RequestContext["getDispatcher"]>;

    constructor(config: KubeConfig) {
        this.#config = config;
        this.#server = config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "";
    }

    async request(path: string, { method = "GET", query = {}, body, contentType, signal }: Request = {}) {
        const { RequestContext, createConfiguration } = await client();
        const url = new URL(this.#server + path);
        for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
        const context = new RequestContext(url.toString(), method);
        await this.#config.applySecurityAuthentication(context);
        // One pool of connections for all requests: a TLS handshake each would cost more than the requests.
        this.#connections ??= context.getDispatcher();
        if (this.#connections) context.setDispatcher(this.#connections);
        if (body !== undefined) {
            context.setHeaderParam("Content-Type", contentType ?? "application/json");
            context.setBody(JSON.stringify(body));
        }
        if (signal) context.setSignal(signal);
        const response = await createConfiguration()
            .httpApi.send(context)
            .toPromise()
            .catch((error: unknown) => {
                throw new Error(`${method} "${url.toString()}": ${reasonOf(error)}`);
            });
        const answer = parse(await response.body.text());
        if (response.httpStatusCode >= 400) throw new ApiError(response.httpStatusCode, answer);
        return answer;
    }

    /** Calls back for every event until the stream ends, the server breaks it off, or `signal` does. */
    async watch(path: string, query: Record<string, string>, options: WatchOptions): Promise<void> {
        const { Watch: Watcher } = await client();
        const watcher: Watch = new Watcher(this.#config);
        await new Promise<void>((resolve, reject) => {
            const ended = (error: unknown) => {
                if (error instanceof Error && error.name !== "AbortError" && error.name !== "TimeoutError")
                    reject(error);
                else resolve();
            };
            watcher.watch(path, query, options.onEvent, ended).then((controller) => {
                const stop = () => {
                    controller.abort();
                    resolve();
                };
                if (options.signal.aborted) stop();
                else options.signal.addEventListener("abort", stop, { once: true });
            }, reject);
        });
    }

    /** The kind as the API server knows it, if it does; a kind that is not known yet is asked for again. */
    async find(wanted: ApiKind): Promise<Resource | undefined> {
        const known = await this.#groups.get(wanted.apiVersion);
        const find = (resources: Resource[]) => resources.find(({ kind }) => kind === wanted.kind);
        const found = find(known ?? []);
        if (found) return found;
        const asked = this.#discover(wanted.apiVersion);
        this.#groups.set(wanted.apiVersion, asked);
        return find(await asked.catch((error: unknown) => this.#forget(wanted.apiVersion, error)));
    }

    async require(wanted: ApiKind): Promise<Resource> {
        const found = await this.find(wanted);
        if (!found) throw new NoMatch(wanted);
        return found;
    }

    path(resource: Resource, namespace: string, name = ""): string {
        const within = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
        return `${groupPath(resource.apiVersion)}${within}/${resource.plural}${name && `/${encodeURIComponent(name)}`}`;
    }

    #forget(apiVersion: string, error: unknown): never {
        this.#groups.delete(apiVersion);
        throw error;
    }

    async #discover(apiVersion: string): Promise<Resource[]> {
        const answer = await this.request(groupPath(apiVersion)).catch((error: unknown) => {
            if (error instanceof ApiError && error.code === 404) return {};
            throw error;
        });
        return listAt(answer, "resources")
            .map((item) => mapAt(item))
            .filter(({ name }) => !text(name).includes("/"))
            .map(({ kind, name, namespaced }) => ({
                apiVersion,
                kind: text(kind),
                plural: text(name),
                namespaced: namespaced === true,
            }));
    }
}

export interface WatchOptions {
    onEvent: (type: string, object: ValueMap) => void;
    signal: AbortSignal;
}

function parse(body: string): ValueMap {
    try {
        return JSON.parse(body) as ValueMap;
    } catch {
        return { message: body.trim() };
    }
}

function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
