import { createConfiguration, KubeConfig, RequestContext } from "@kubernetes/client-node";

/** The cluster as a step of the destroy accesses it. Each request has a time limit, and so has the step. */
export interface Cluster {
    /** The kubeconfig context, for the commands in messages. */
    readonly context: string;
    /** The time at which the step gives up, in milliseconds since 1970. */
    readonly deadline: number;
    /** Prints a message for the user, next to Pulumi's own. */
    readonly say: (text: string) => void;
    /** Sends one request. The signal aborts it. */
    readonly send: (request: Request, signal: AbortSignal) => Promise<{ status: number; text: string }>;
}

export interface Request {
    readonly method?: "GET" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: object;
    /** Requests only the objects' metadata of a list, which all kinds share. */
    readonly metadataOnly?: boolean;
}

/** An error that the API server answered with. */
export interface Refusal extends Error {
    readonly status: number;
}

/**
 * Returns a function that sends requests to the cluster of a context. The kubeconfig is in KUBECONFIG or
 * ~/.kube/config.
 */
export function sender(context: string): Cluster["send"] {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromDefault();
    if (!kubeconfig.getContextObject(context)) {
        throw new Error(`the kubeconfig has no such context`);
    }
    kubeconfig.setCurrentContext(context);
    const server = (kubeconfig.getCurrentCluster()?.server ?? "").replace(/\/$/, "");
    const { httpApi } = createConfiguration();
    let connections: ReturnType<RequestContext["getDispatcher"]>;
    return async ({ method = "GET", path, body, metadataOnly = false }, signal) => {
        const context = new RequestContext(server + path, method);
        await kubeconfig.applySecurityAuthentication(context);
        connections ??= context.getDispatcher();
        if (connections) {
            context.setDispatcher(connections);
        }
        const accept = metadataOnly
            ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            : "application/json";
        context.setHeaderParam("Accept", accept);
        if (body) {
            const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
            context.setHeaderParam("Content-Type", type);
            context.setBody(JSON.stringify(body));
        }
        context.setSignal(signal);
        const response = await httpApi.send(context).toPromise();
        return { status: response.httpStatusCode, text: await response.body.text() };
    };
}

/**
 * Sends a request until it is answered; undefined if the object does not exist. Retries until the deadline if the API
 * server is slow, busy or briefly unavailable.
 */
export async function request<T>(cluster: Cluster, what: Request): Promise<T | undefined> {
    const perRequestMs = 30_000;
    for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
        const left = cluster.deadline - Date.now();
        let trouble: string;
        try {
            const { status, text } = await cluster.send(
                what,
                AbortSignal.timeout(Math.max(1000, Math.min(left, perRequestMs))),
            );
            if (status === 404) {
                return undefined;
            }
            if (status < 400) {
                return JSON.parse(text) as T;
            }
            trouble = messageIn(text) || `status ${status}`;
            if (status !== 429 && status < 500) {
                throw Object.assign(new Error(trouble), { status });
            }
        } catch (error) {
            if ((error as Partial<Refusal>).status !== undefined) {
                throw error;
            }
            trouble = reasonOf(error as Error);
        }
        if (Date.now() + pause >= cluster.deadline) {
            throw new Error(`${what.method ?? "GET"} ${what.path}: ${trouble}`);
        }
        await new Promise((later) => setTimeout(later, pause));
    }
}

function messageIn(text: string): string {
    try {
        return (JSON.parse(text) as { message?: string }).message ?? "";
    } catch {
        return text.trim();
    }
}

function reasonOf(error: Error): string {
    const { name, message } = error.cause instanceof Error ? error.cause : error;
    return name === "TimeoutError" || name === "AbortError" ? "no answer in time" : message || name;
}
