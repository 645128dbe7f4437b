import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Archive } from "./goCharts";

export interface ChartRegistry {
    /** Without a scheme, as in the address of a chart. */
    readonly host: string;
    /** The digest of each chart's manifest, by its repository. */
    readonly digests: Readonly<Record<string, string>>;
    /** The requests for what is not served. */
    readonly refused: readonly string[];
    close(): void;
}

interface Answer {
    readonly type: string;
    readonly body: Buffer;
}

const digestOf = (body: Buffer) => `sha256:${createHash("sha256").update(body).digest("hex")}`;

/**
 * A registry on this machine with charts by their repositories, such as `charts/podinfo`, each under its version and its
 * digest.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull, https://helm.sh/docs/topics/registries/#helm-chart-manifest
 */
export async function serveCharts(charts: Readonly<Record<string, Archive>>): Promise<ChartRegistry> {
    const answers = new Map<string, Answer>([["/v2/", { type: "application/json", body: Buffer.from("{}") }]]);
    const digests: Record<string, string> = {};
    for (const [repository, { metadata, content }] of Object.entries(charts)) {
        const blob = (mediaType: string, body: Buffer) => {
            const digest = digestOf(body);
            answers.set(`/v2/${repository}/blobs/${digest}`, { type: mediaType, body });
            return { mediaType, digest, size: body.length };
        };
        const type = "application/vnd.oci.image.manifest.v1+json";
        const manifest = {
            schemaVersion: 2,
            mediaType: type,
            config: blob("application/vnd.cncf.helm.config.v1+json", Buffer.from(JSON.stringify(metadata))),
            layers: [blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", content)],
        };
        const body = Buffer.from(JSON.stringify(manifest));
        const digest = digestOf(body);
        digests[repository] = digest;
        for (const reference of [metadata.version, digest]) {
            answers.set(`/v2/${repository}/manifests/${reference}`, { type, body });
        }
    }
    const refused: string[] = [];
    const server = createServer(({ method = "", url = "" }, response) => {
        const answer = ["GET", "HEAD"].includes(method) ? answers.get(url.split("?")[0] ?? "") : undefined;
        if (!answer) {
            refused.push(`${method} ${url}`);
            const errors = [{ code: "MANIFEST_UNKNOWN", message: "not served here" }];
            response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ errors }));
            return;
        }
        const { type, body } = answer;
        const digest = { "docker-content-digest": digestOf(body) };
        response.writeHead(200, { "content-type": type, "content-length": body.length, ...digest });
        response.end(method === "HEAD" ? undefined : body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        digests,
        refused,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}
