import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Registry {
    /** Without a scheme, as in the name of an image. */
    readonly host: string;
    /** The tags of every image, which may grow. */
    readonly tags: string[];
    /** What was asked that is not served. */
    readonly refused: string[];
    close(): void;
}

/**
 * A registry of images on this machine, as far as one is asked for tags: it says that it is one, and lists them.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function startRegistry(image: string, tags: string[]): Promise<Registry> {
    const refused: string[] = [];
    const answers: Readonly<Record<string, () => object>> = {
        "/v2/": () => ({}),
        [`/v2/${image}/tags/list`]: () => ({ name: image, tags }),
    };
    const server = createServer(({ method = "", url = "" }, response) => {
        const answer = method === "GET" ? answers[url.split("?")[0] ?? ""] : undefined;
        if (!answer) {
            refused.push(`${method} ${url}`);
        }
        response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
        response.end(JSON.stringify(answer?.() ?? { errors: [{ code: "UNSUPPORTED", message: "not served here" }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = () => {
        server.closeAllConnections();
        server.close();
    };
    return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, tags, refused, close };
}
