import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";

import { parse } from "yaml";

import { checkout, succeed } from "./run";
import { scratch } from "./stack";

/** Where each chart is: the Go module, in the version of lab/tools/charts/go.mod, and its folder there. */
const published = {
    podinfo: { module: "github.com/stefanprodan/podinfo", folder: "charts/podinfo" },
} as const;

export type ChartName = keyof typeof published;

interface Chart {
    readonly metadata: { readonly name: string; readonly version: string };
    readonly archive: Buffer;
}

export interface Charts {
    /** Without a scheme, as in an OCI address. */
    readonly host: string;
    /** What was asked that is not served. */
    readonly refused: string[];
    close(): void;
}

interface Content {
    readonly mediaType: string;
    readonly data: Buffer;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/**
 * An OCI registry on this machine with the charts as their projects publish them, each as `<folder>/<chart>:<version>`.
 * Media types: https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v370
 */
export async function serveCharts(names: Readonly<Partial<Record<ChartName, string>>>): Promise<Charts> {
    const contents = new Map<string, Content>();
    for (const [name, folder] of Object.entries(names) as [ChartName, string][]) {
        for (const [path, content] of artifact(`${folder}/${name}`, await packaged(name))) {
            contents.set(path, content);
        }
    }
    const refused: string[] = [];
    const server = createServer(({ method = "", url = "" }, response) => {
        const path = url.split("?")[0] ?? "";
        const content =
            path === "/v2/" ? { mediaType: "application/json", data: Buffer.from("{}") } : contents.get(path);
        if (!content || !["GET", "HEAD"].includes(method)) {
            refused.push(`${method} ${url}`);
            response.writeHead(404, { "content-type": "application/json" });
            response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "not served here" }] }));
            return;
        }
        const { mediaType, data } = content;
        const digest = digestOf(data);
        const headers = { "content-type": mediaType, "content-length": data.length, "docker-content-digest": digest };
        response.writeHead(200, headers).end(method === "HEAD" ? undefined : data);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = () => {
        server.closeAllConnections();
        server.close();
    };
    return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, refused, close };
}

/** The chart of a module, packaged as `helm package` does. */
async function packaged(name: ChartName): Promise<Chart> {
    const { module, folder } = published[name];
    const cwd = join(checkout, "lab", "tools", "charts");
    const { stdout } = await succeed("go", ["mod", "download", "-json", module], { cwd });
    const chart = join((JSON.parse(stdout) as { Dir: string }).Dir, folder);
    const archive = join(mkdtempSync(join(scratch, "chart-")), `${name}.tgz`);
    await succeed("tar", ["-czf", archive, "-C", dirname(chart), basename(chart)]);
    const metadata = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as Chart["metadata"];
    return { metadata, archive: readFileSync(archive) };
}

/** What a registry answers for a chart, by path. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md */
function artifact(repository: string, { metadata, archive }: Chart): (readonly [string, Content])[] {
    const config = content("application/vnd.cncf.helm.config.v1+json", Buffer.from(JSON.stringify(metadata)));
    const layer = content("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive);
    const described = {
        schemaVersion: 2,
        mediaType: manifestType,
        config: config.descriptor,
        layers: [layer.descriptor],
    };
    const manifest = content(manifestType, Buffer.from(JSON.stringify(described)));
    const under = (path: string) => `/v2/${repository}/${path}`;
    return [
        [under(`manifests/${metadata.version}`), manifest],
        [under(`manifests/${manifest.descriptor.digest}`), manifest],
        [under(`blobs/${config.descriptor.digest}`), config],
        [under(`blobs/${layer.descriptor.digest}`), layer],
    ];
}

function content(mediaType: string, data: Buffer) {
    return { mediaType, data, descriptor: { mediaType, size: data.length, digest: digestOf(data) } };
}

function digestOf(data: Buffer): string {
    return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}
