import { messageIn } from "../clients/cluster";
import { type Answer, connectionTo, type Request as AnyRequest } from "../clients/connection";

/** The cluster as a step of the destroy accesses it. Each request has a time limit, and so has the step. */
export interface Cluster {
    /** The kubeconfig context, for the commands in messages. */
    readonly context: string;
    /** The time at which the step gives up, in milliseconds since 1970. */
    readonly deadline: number;
    /** Prints a message for the user, next to Pulumi's own. */
    readonly say: (text: string) => void;
    /** Sends one request. Fails if there is no answer in time. */
    readonly send: (request: Request, withinMs: number) => Promise<Answer>;
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

/** Returns a function that sends requests to the cluster of a context. */
export function sender(context: string): Cluster["send"] {
    const send = connectionTo(context);
    return ({ metadataOnly = false, ...request }, withinMs) => send(withFormats(request, metadataOnly), withinMs);
}

function withFormats(request: Request, metadataOnly: boolean): AnyRequest {
    return {
        ...request,
        ...(metadataOnly && { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" }),
        ...(request.method === "PATCH" && { contentType: "application/merge-patch+json" }),
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
            const { status, text } = await cluster.send(what, Math.max(1000, Math.min(left, perRequestMs)));
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
            trouble = (error as Error).message;
        }
        if (Date.now() + pause >= cluster.deadline) {
            throw new Error(`${what.method ?? "GET"} ${what.path}: ${trouble}`);
        }
        await new Promise((later) => setTimeout(later, pause));
    }
}
