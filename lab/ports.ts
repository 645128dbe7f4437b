import { createServer } from "node:net";

// What was given out is not yet listened on, so the next caller would find it free too.
const given = new Set<number>();

/**
 * Ports nobody listens on, from below the range that systems hand out to outgoing connections: a server that is
 * restarted on its port must not find it taken by somebody's client.
 */
export async function freePorts(count: number): Promise<number[]> {
    const ports = new Set<number>();
    for (let attempt = 0; ports.size < count; attempt++) {
        if (attempt > 1000) throw new Error("No free TCP ports between 20000 and 32000: stop what holds them.");
        const port = 20000 + Math.floor(Math.random() * 12000);
        if (given.has(port)) continue;
        given.add(port);
        if (await isFree(port)) ports.add(port);
    }
    return [...ports];
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}
