// What a person sees beside a resource while it is worked on.
import service, { type EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import { connect } from "../rpc.ts";

export type Severity = "info" | "warning";

export interface Log {
    /** Stays in the output. */
    say: (severity: Severity, message: string) => void;
    /** The latest state, gone when the next one comes; nothing is told twice. */
    status: (severity: Severity, message: string) => void;
}

let host: EngineClient | undefined;

export function attach(address: string) {
    if (address) host = connect(service.EngineClient, address);
}

export function logFor(urn: string): Log {
    const told = new Set<string>();
    const send = (severity: Severity, message: string, ephemeral: boolean) => {
        const request = new engine.LogRequest();
        request.setSeverity(severity === "info" ? engine.LogSeverity.INFO : engine.LogSeverity.WARNING);
        request.setMessage(message);
        request.setUrn(urn);
        request.setEphemeral(ephemeral);
        // A message that cannot be delivered must not fail the operation it is about.
        host?.log(request, () => undefined);
    };
    return {
        say: (severity, message) => {
            send(severity, message, false);
        },
        status: (severity, message) => {
            if (message ? told.has(message) : told.size === 0) return;
            if (message) told.add(message);
            else told.clear();
            send(severity, message, true);
        },
    };
}
