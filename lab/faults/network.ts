import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { labDirectory } from "../paths.ts";
import type { Fault, Scene } from "./faults.ts";

interface Kubeconfig {
    readonly clusters: { readonly name: string; readonly cluster: { server: string } }[];
}

/** The way from Pulumi to a cluster, which nothing but Pulumi takes: the cluster itself goes on. */
class Way {
    private readonly server: Server;
    private readonly sockets = new Set<Socket>();
    private state: "open" | "cut" | "silent" = "open";

    constructor(to: URL) {
        this.server = createServer((near) => {
            if (this.state === "cut") {
                near.destroy();
                return;
            }
            const far = connect(Number(to.port), to.hostname);
            this.join(near, far);
            this.join(far, near);
        });
    }

    async open(): Promise<string> {
        await once(this.server.listen(0, "127.0.0.1"), "listening");
        return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** What is connected ends, and nobody gets through any more. */
    cut(): void {
        this.state = "cut";
        for (const socket of this.sockets) socket.destroy();
    }

    /** What is connected stays so, and nothing comes out of it. */
    silence(): void {
        this.state = "silent";
        for (const socket of this.sockets) socket.pause();
    }

    speak(): void {
        this.state = "open";
        for (const socket of this.sockets) socket.resume();
    }

    close(): void {
        this.cut();
        this.server.close();
    }

    private join(from: Socket, to: Socket): void {
        this.sockets.add(from);
        from.pipe(to);
        if (this.state === "silent") from.pause();
        from.on("error", () => to.destroy());
        from.on("close", () => {
            this.sockets.delete(from);
            to.destroy();
        });
    }
}

const ways = new WeakMap<Scene, Way>();

/** A kubeconfig whose server is the beginning of a way to the real one. */
async function throughWay(scene: Scene): Promise<Record<string, string>> {
    const { world, operation } = scene;
    const kubeconfig = parse(readFileSync(world.variable("KUBECONFIG"), "utf8")) as Kubeconfig;
    const found = kubeconfig.clusters.find(({ name }) => name === operation.stack);
    if (!found) throw new Error(`The kubeconfig names no cluster ${operation.stack}.`);
    const way = new Way(new URL(found.cluster.server));
    ways.set(scene, way);
    found.cluster.server = await way.open();
    const directory = join(labDirectory, "faults");
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "kubeconfig");
    writeFileSync(file, stringify(kubeconfig), { mode: 0o600 });
    return { KUBECONFIG: file };
}

const wayOf = (scene: Scene) => {
    const way = ways.get(scene);
    if (!way) throw new Error("Pulumi does not go through the way that is to be cut.");
    return way;
};

const closed = (scene: Scene) => {
    wayOf(scene).close();
    return Promise.resolve();
};

const silentMs = 20_000;

/** Of the network between Pulumi and the cluster alone. */
export const network: readonly Fault[] = [
    {
        name: "network-cut",
        what: "Pulumi does not reach the cluster any more, until the command ends; the cluster goes on",
        suits: ({ kind }) => kind === "resource",
        environment: throughWay,
        strike: (scene) => {
            wayOf(scene).cut();
        },
        heal: closed,
    },
    {
        name: "network-silent",
        what: "Pulumi hears nothing of the cluster for 20 s, over connections that stay open",
        suits: ({ kind }) => kind === "resource",
        environment: throughWay,
        strike: (scene) => {
            const way = wayOf(scene);
            way.silence();
            setTimeout(() => {
                way.speak();
            }, silentMs).unref();
        },
        heal: closed,
    },
];
