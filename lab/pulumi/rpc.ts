// Pulumi's plugin protocol: a plugin serves gRPC on a port of its own and prints it as its first line.
import grpc from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type struct from "google-protobuf/google/protobuf/struct_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";

export type Handler<Request, Response> = (request: Request) => Promise<Response> | Response;

const anySize = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

export const unary =
    <Request, Response>(handle: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> =>
    (call, callback) => {
        Promise.resolve()
            .then(() => handle(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    const details = error instanceof Error ? error.message : String(error);
                    callback({ code: grpc.status.UNKNOWN, details });
                },
            );
    };

/** Serves on a free port of this machine and tells the engine which. */
export async function serve(service: grpc.ServiceDefinition, implementation: grpc.UntypedServiceImplementation) {
    const server = new grpc.Server(anySize);
    server.addService(service, implementation);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error) reject(error);
            else resolve(bound);
        });
    });
    process.stdout.write(`${port}\n`);
}

export const fromStruct = (message: struct.Struct | undefined): Record<string, unknown> =>
    message?.toJavaScript() ?? {};

export const nothing = (): empty.Empty => new empty.Empty();

export function pluginInfo(version: string): plugin.PluginInfo {
    const info = new plugin.PluginInfo();
    info.setVersion(version);
    return info;
}
