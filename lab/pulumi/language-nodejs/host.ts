// Stands in for Pulumi's language host for Node.js: the engine asks it to run the program, and `@pulumi/pulumi/cmd/run` does
// the running. It serves gRPC on a port of its own, which it prints as its first line; what it does not serve is refused.
import grpc from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { cancel, run } from "./run.ts";

// The engine's address is the last argument, or comes later with the handshake.
let engine = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

const unary =
    <Request, Response>(
        handle: (request: Request) => Promise<Response> | Response,
    ): grpc.handleUnaryCall<Request, Response> =>
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

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(service.LanguageRuntimeService, {
    handshake: unary((request: InstanceType<typeof language.LanguageHandshakeRequest>) => {
        engine = request.getEngineAddress();
        return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => {
        const info = new plugin.PluginInfo();
        info.setVersion(sdk.version);
        return info;
    }),
    // The lab has the plugins on the PATH.
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    // Each update's metadata has the version of Node.js.
    about: unary(() => {
        const response = new language.AboutResponse();
        response.setExecutable(process.execPath);
        response.setVersion(process.version);
        return response;
    }),
    run: unary((request: InstanceType<typeof language.RunRequest>) => run(request, engine)),
    cancel: unary(() => {
        cancel();
        return new empty.Empty();
    }),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
});
