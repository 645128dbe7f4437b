import { request } from "node:https";
import type { Access } from "./kubeconfig.ts";

export interface Answer {
    status: number;
    body: string;
}

/**
 * One request to an API server as its administrator. For the few questions that `up` and `status` ask; loading a whole
 * client would take longer than all of them.
 */
export function ask(access: Access, path: string, options: { method?: string; body?: unknown } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const outgoing = request(
            new URL(path, access.server),
            {
                method: options.method ?? "GET",
                ca: access.certificateAuthority,
                cert: access.certificate,
                key: access.key,
                headers: { "content-type": "application/json" },
                timeout: 2000,
                agent: false,
            },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (chunk: string) => (body += chunk));
                response.on("end", () => {
                    resolve({ status: response.statusCode ?? 0, body });
                });
                response.on("error", reject);
            },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error(`${access.server} does not answer`)));
        outgoing.on("error", reject);
        outgoing.end(options.body === undefined ? undefined : JSON.stringify(options.body));
    });
}

/** Whether the API server serves; a server that is not there is a plain no. */
export async function isReady(access: Access): Promise<boolean> {
    return ask(access, "/readyz").then(
        ({ status }) => status === 200,
        () => false,
    );
}
