import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { type Exchange, finish, interfere } from "../exchange.ts";
import type { Certificate } from "./authority.ts";

/** GitHub answers for a release at its own address and sends on to where the files are. */
export const releaseHosts = ["github.com", "release-assets.githubusercontent.com"] as const;

const address = /^\/fluxcd\/flux2\/releases\/download\/(?<version>[\w.-]+)\/install\.yaml$/;

/** The two hosts a release is downloaded from. */
export function releaseServer(lab: Lab, certificate: Certificate, directory: string | undefined): Server {
    return createServer(certificate, (request, response) => {
        answer(lab, directory, request, response).catch((error: unknown) => {
            lab.blame("GET", request.url ?? "", String(error));
            response.destroy();
        });
    });
}

async function answer(
    lab: Lab,
    directory: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
): Promise<void> {
    const url = new URL(request.url ?? "/", "https://github.com");
    const fault = lab.strike(request.method ?? "GET", url.pathname, "release");
    const exchange: Exchange = { lab, request, response, url, credentials: "none", fault, body: "" };
    if (await interfere(exchange, "release")) {
        return;
    }
    const version = address.exec(url.pathname)?.groups?.version;
    const operation = "download";
    const manifest =
        directory === undefined || version === undefined ? undefined : await read(join(directory, version));
    if (manifest === undefined) {
        finish(exchange, "release", { operation, status: 404, body: "Not Found" });
    } else if (request.headers.host === releaseHosts[0]) {
        const headers = { location: `https://${releaseHosts[1]}${url.pathname}` };
        finish(exchange, "release", { operation, status: 302, body: "", headers });
    } else {
        const headers = { "content-type": "application/octet-stream" };
        finish(exchange, "release", { operation, status: 200, body: manifest, headers });
    }
}

async function read(directory: string): Promise<Buffer | undefined> {
    return readFile(join(directory, "install.yaml")).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    });
}
