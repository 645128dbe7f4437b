import type { CoreV1Api } from "@kubernetes/client-node";
import { type Server, type Socket, createServer, connect } from "node:net";
import { once } from "node:events";
import { freePorts } from "../../ports.ts";
import { readJson, writeJson } from "../../processes.ts";
import type { ServiceReference } from "./arguments.ts";

/** A ready pod's port on this host. */
export type FindPort = (
    namespace: string,
    selector: Record<string, string>,
    targetPort: string | number,
) => number | undefined;

/**
 * What kube-proxy and the cluster's DNS would be: a fixed address on this host for each Service that a controller
 * speaks to, forwarded to a ready pod of it at the moment somebody connects.
 */
export class Services {
    private readonly ports: Record<string, number>;
    private readonly servers = new Map<string, Promise<Server>>();
    private readonly api: CoreV1Api;
    private readonly file: string;
    private readonly findPort: FindPort;

    constructor(api: CoreV1Api, file: string, findPort: FindPort) {
        this.api = api;
        this.file = file;
        this.findPort = findPort;
        // Kept over restarts of the kubelet: Flux writes these addresses into the status of its sources.
        this.ports = (readJson(file) ?? {}) as Record<string, number>;
    }

    /** The address of a service that was opened. */
    address = (service: ServiceReference): string => `127.0.0.1:${this.ports[keyOf(service)] ?? 0}`;

    async open(service: ServiceReference): Promise<void> {
        const key = keyOf(service);
        const server = this.servers.get(key) ?? this.listen(key, service);
        this.servers.set(key, server);
        await server;
    }

    private async listen(key: string, service: ServiceReference): Promise<Server> {
        const server = createServer((client) => void this.forward(client, service));
        let port = this.ports[key];
        for (;;) {
            port ??= (await freePorts(1))[0] ?? 0;
            try {
                server.listen(port, "127.0.0.1");
                await once(server, "listening");
                break;
            } catch {
                port = undefined;
            }
        }
        this.ports[key] = port;
        writeJson(this.file, this.ports);
        return server;
    }

    private async forward(client: Socket, { name, namespace, port }: ServiceReference): Promise<void> {
        client.on("error", () => client.destroy());
        const service = await this.api.readNamespacedService({ name, namespace }).catch(() => undefined);
        const targetPort = service?.spec?.ports?.find((each) => each.port === port)?.targetPort;
        const selector = service?.spec?.selector;
        const target = targetPort && selector ? this.findPort(namespace, selector, targetPort) : undefined;
        if (target === undefined) {
            client.destroy();
            return;
        }
        const upstream = connect(target, "127.0.0.1");
        upstream.on("error", () => client.destroy());
        client.on("close", () => upstream.destroy());
        client.pipe(upstream).pipe(client);
    }
}

function keyOf({ name, namespace, port }: ServiceReference): string {
    return `${namespace}/${name}:${port}`;
}
