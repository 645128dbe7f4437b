import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import http from "isomorphic-git/http/node";

import { explainNetworkError } from "../domain/networkErrors";
import { hasProxy } from "../domain/proxy";
import { fetchOutside, trusting } from "./outside";

/** The HTTP client of isomorphic-git, through the proxies of the environment. Its own one for Node knows none. */
export const gitHttp: HttpClient = {
    request: async ({ body, ...request }) => {
        // An iterator cannot be sent twice.
        const sent = body && (await collected(body));
        try {
            return hasProxy(process.env)
                ? await withFetch(request, sent)
                : await trusting(() => http.request({ ...request, ...(sent && { body: parts(sent) }) }));
        } catch (error) {
            const { why, fix, code } = explainNetworkError(error, request.url, process.env) ?? {};
            throw why === undefined
                ? error
                : Object.assign(new Error(`${why}. Fix it with: ${fix ?? ""}`, { cause: error }), { code });
        }
    },
};

async function withFetch(request: GitHttpRequest, sent: Uint8Array<ArrayBuffer> | undefined): Promise<GitHttpResponse> {
    const { url, method = "GET", headers = {} } = request;
    const response = await fetchOutside(url, { method, headers, ...(sent && { body: sent }) });
    return {
        url: response.url,
        method,
        statusCode: response.status,
        statusMessage: response.statusText,
        headers: Object.fromEntries(response.headers),
        body: parts(new Uint8Array(await response.arrayBuffer())),
    };
}

async function collected(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
    const all: Uint8Array[] = [];
    for await (const part of body) {
        all.push(part);
    }
    return new Uint8Array(Buffer.concat(all));
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* parts(bytes: Uint8Array): AsyncIterableIterator<Uint8Array> {
    yield bytes;
}
