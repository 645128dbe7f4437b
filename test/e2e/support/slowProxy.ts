import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SlowProxy {
    readonly port: number;
    close(): void;
}

/** Hands everything to a port of this machine and back, but each answer later. */
export function slowProxy(to: number, delayMs: number): Promise<SlowProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
        const upstream = connect(to, "127.0.0.1");
        for (const socket of [client, upstream]) {
            sockets.add(socket);
            socket.on("error", () => socket.destroy());
            socket.on("close", () => sockets.delete(socket));
        }
        client.pipe(upstream);
        upstream.on("data", (chunk: Buffer) => setTimeout(() => client.write(chunk), delayMs));
        upstream.on("end", () => setTimeout(() => client.end(), delayMs));
        client.on("close", () => upstream.destroy());
    });
    const close = () => {
        sockets.forEach((socket) => socket.destroy());
        server.close();
    };
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
            resolve({ port: (server.address() as AddressInfo).port, close });
        });
    });
}
