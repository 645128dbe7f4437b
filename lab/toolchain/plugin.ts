import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";

const client = service.ResourceProviderClient as unknown as new (
    address: string,
    credentials: grpc.ChannelCredentials,
) => Record<string, (request: unknown, done: (error: Error | null, response: unknown) => void) => void>;

/** A provider's plugin as the engine talks to it: gRPC on the port that it prints first. Nobody listens to what it logs. */
export async function withPlugin(path: string, work: (ask: Ask) => Promise<void>): Promise<void> {
    const plugin = spawn(path, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    const end = once(plugin, "close");
    try {
        const ended = end.then(() => {
            throw new Error(`${path} ended before it said its port.`);
        });
        const [port] = (await Promise.race([once(createInterface({ input: plugin.stdout }), "line"), ended])) as [
            string,
        ];
        const provider = new client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        await work(
            (method, request) =>
                new Promise((resolve, reject) => {
                    provider[method]?.(request, (error, response) => {
                        if (error) reject(error);
                        else resolve(response as never);
                    });
                }),
        );
    } finally {
        plugin.kill("SIGKILL");
        await end;
    }
}

/** Calls a method of the provider's service. */
export type Ask = <Response>(method: string, request: unknown) => Promise<Response>;

export const values = (fields: Record<string, struct.JavaScriptValue>): struct.Struct =>
    struct.Struct.fromJavaScript(fields);
