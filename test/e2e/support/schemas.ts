import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { certificates } from "../../support/tls";
import { type Context, kubectl } from "./cluster";
import { scratch } from "./stack";

const host = "raw.githubusercontent.com";

/** kubeconform's default, and the catalog of custom resources that the scaffold names. */
const builtIn = /^\/yannh\/kubernetes-json-schema\/master\/v[\d.]+-standalone-strict\/(\w+?)(?:-(\w+))?-(v\w+)\.json$/;
const custom = /^\/datreeio\/CRDs-catalog\/[0-9a-f]{40}\/([\w.-]+)\/([a-z]+)_(v\w+)\.json$/;

type Schema = Readonly<Record<string, unknown>>;

interface Described {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Schemas {
    /** What leads a Go program to them. */
    readonly env: NodeJS.ProcessEnv;
    /** The paths that have no schema. */
    readonly missing: string[];
    close(): void;
}

/**
 * What kubeconform downloads, for a machine without the internet: the same addresses, with the schemas that a cluster's API
 * server publishes. They are those of the cluster's version, whichever version is asked for.
 */
export async function serveSchemas(context: Context): Promise<Schemas> {
    const api = new OpenApi(context);
    const missing: string[] = [];
    const { server: certificate, authority } = await certificates([host]);
    const files = createSecureServer(certificate, ({ url = "" }, response) => {
        void find(api, url).then(
            (schema) => {
                if (schema === undefined) {
                    missing.push(url);
                }
                response.writeHead(schema === undefined ? 404 : 200, { "content-type": "application/json" });
                response.end(JSON.stringify(schema ?? {}));
            },
            (error: unknown) => response.writeHead(500).end(String(error)),
        );
    });
    const proxy = createServer((_, response) => response.writeHead(403).end());
    proxy.on("connect", ({ url }, socket) => {
        if (url === `${host}:443`) {
            socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
            files.emit("connection", socket);
        } else {
            socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        }
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const authorityFile = join(mkdtempSync(join(scratch, "schemas-")), "authority.pem");
    writeFileSync(authorityFile, authority.cert);
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const close = () => {
        files.closeAllConnections();
        proxy.closeAllConnections();
        proxy.close();
    };
    return { env: { HTTPS_PROXY: address, https_proxy: address, SSL_CERT_FILE: authorityFile }, missing, close };
}

/** The schema at an address: of one of Kubernetes' own kinds, or of a custom resource. */
function find(api: OpenApi, path: string): Promise<Schema | undefined> {
    const [, kind = "", label, version = ""] = builtIn.exec(path) ?? [];
    if (kind !== "") {
        // kubeconform asks for the first label of a group, and for none of the oldest kinds.
        const isIn = (group: string) =>
            label === undefined ? group === "api" : /^apis\/([\w-]+)/.exec(group)?.[1] === label;
        return api.schema(isIn, version, kind, /^io\.k8s\./);
    }
    const [, group = "", customKind = "", customVersion = ""] = custom.exec(path) ?? [];
    return api.schema((it) => it === `apis/${group}`, customVersion, customKind, /^(?!io\.k8s\.)/);
}

/** What an API server says of its kinds. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3 */
class OpenApi {
    private readonly documents = new Map<string, Promise<Described>>();
    private index: Promise<{ readonly paths: object }> | undefined;

    public constructor(private readonly context: Context) {}

    /** Of a kind in the version of a group, whose schema is called so. */
    public async schema(
        isIn: (group: string) => boolean,
        version: string,
        kind: string,
        name: RegExp,
    ): Promise<Schema | undefined> {
        this.index ??= this.read("");
        const end = `/${version}`;
        const paths = Object.keys((await this.index).paths).filter((path) => path.endsWith(end));
        const wanted = paths.filter((path) => isIn(path.slice(0, -end.length)));
        for (const path of wanted) {
            const { schemas } = (await this.document(path)).components;
            const names = Object.keys(schemas).filter((it) => name.test(it) && isOfKind(schemas[it], kind));
            const [found] = names.map((it) => schemas[it]);
            if (found) {
                return { ...(strict(found) as Schema), components: { schemas: strict(schemas) } };
            }
        }
        return undefined;
    }

    private async document(path: string): Promise<Described> {
        const known = this.documents.get(path) ?? this.read<Described>(`/${path}`);
        this.documents.set(path, known);
        return known;
    }

    private async read<T>(path: string): Promise<T> {
        return JSON.parse((await kubectl(this.context, "get", "--raw", `/openapi/v3${path}`)).stdout) as T;
    }
}

function isOfKind(schema: Schema = {}, kind: string): boolean {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly { readonly kind: string }[];
    // What every group has, such as DeleteOptions, is of many.
    return kinds.length === 1 && kinds[0]?.kind.toLowerCase() === kind;
}

/** As `-strict` wants it: an object has no other properties than those that are named. */
function strict(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(strict);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const inner = Object.fromEntries(Object.entries(value).map(([key, it]) => [key, strict(it)]));
    const isOpen = "additionalProperties" in value || "x-kubernetes-preserve-unknown-fields" in value;
    const isObject = "properties" in value && "type" in value && value.type === "object";
    return isObject && !isOpen ? { ...inner, additionalProperties: false } : inner;
}
