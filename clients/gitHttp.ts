import type { HttpClient } from "isomorphic-git";

import { explainNetworkError } from "../domain/networkErrors";
import { fetchOutside } from "./outside";

/** The HTTP client of isomorphic-git. Its own one for Node does not look at proxies. */
export const gitHttp: HttpClient = {
    request: async ({ url, method = "GET", headers = {}, body }) => {
        const sent = body && (await collected(body));
        const response = await fetchOutside(url, {
            method,
            headers,
            ...(sent && { body: new Uint8Array(sent) }),
        }).catch((error: unknown) => {
            const { why, fix } = explainNetworkError(error, url, process.env) ?? {};
            throw why === undefined ? error : new Error(`${why}. Fix it with: ${fix ?? ""}`, { cause: error });
        });
        return {
            url: response.url,
            method,
            statusCode: response.status,
            statusMessage: response.statusText,
            headers: Object.fromEntries(response.headers),
            body: chunks(await response.arrayBuffer()),
        };
    },
};

async function collected(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const part of parts) {
        all.push(part);
    }
    return Buffer.concat(all);
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* chunks(bytes: ArrayBuffer): AsyncIterableIterator<Uint8Array> {
    yield new Uint8Array(bytes);
}
