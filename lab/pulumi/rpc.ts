// Pulumi's plugin protocol: a plugin serves gRPC on a port of its own and prints it as its first line.
import grpc from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import type { ValueMap } from "./values.ts";

export type Handler<Request, Response> = (request: Request) => Promise<Response> | Response;

/** An operation that left something behind: the engine keeps the object, and the next update tries again. */
export class PartialFailure extends Error {
    readonly kept: Kept;
    readonly reasons: string[];

    constructor(message: string, kept: Kept, reasons: string[] = []) {
        super(message);
        this.kept = kept;
        this.reasons = [message, ...reasons];
    }
}

export interface Kept {
    id: string;
    state: ValueMap;
    /** Those of the object as it is; without them the ones that were asked for. */
    inputs?: ValueMap;
}

export class NotImplemented extends Error {}

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
                    callback(toServiceError(error));
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

type Service<Client> = new (address: string, credentials: grpc.ChannelCredentials, options: object) => Client;

export const connect = <Client>(service: Service<Client>, address: string): Client =>
    new service(address, grpc.credentials.createInsecure(), anySize);

export const fromStruct = (message: struct.Struct | undefined): ValueMap => message?.toJavaScript() ?? {};

export const toStruct = (values: ValueMap): struct.Struct => struct.Struct.fromJavaScript(values);

export const nothing = (): empty.Empty => new empty.Empty();

export function pluginInfo(version: string): plugin.PluginInfo {
    const info = new plugin.PluginInfo();
    info.setVersion(version);
    return info;
}

export function checked(inputs: ValueMap, failures: { property: string; reason: string }[] = []) {
    const response = new provider.CheckResponse();
    response.setInputs(toStruct(inputs));
    response.setFailuresList(
        failures.map(({ property, reason }) => {
            const failure = new provider.CheckFailure();
            failure.setProperty(property);
            failure.setReason(reason);
            return failure;
        }),
    );
    return response;
}

function toServiceError(error: unknown): Partial<grpc.StatusObject> {
    if (error instanceof NotImplemented) return { code: grpc.status.UNIMPLEMENTED, details: error.message };
    if (error instanceof PartialFailure) return partial(error);
    return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

function partial(error: PartialFailure): Partial<grpc.StatusObject> {
    const failure = new provider.ErrorResourceInitFailed();
    failure.setId(error.kept.id);
    failure.setProperties(toStruct(error.kept.state));
    failure.setReasonsList(error.reasons);
    if (error.kept.inputs) failure.setInputs(toStruct(error.kept.inputs));
    const detail = new any.Any();
    detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const reply = new status.Status();
    reply.setCode(grpc.status.UNKNOWN);
    reply.setMessage(error.message);
    reply.addDetails(detail);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(reply.serializeBinary()));
    return { code: grpc.status.UNKNOWN, details: error.message, metadata };
}
