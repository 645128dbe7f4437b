import { createHash } from "node:crypto";
import type { Handlers } from "./call.ts";

export const meta: Handlers = {
    "meta/get": (call) => {
        const [algorithm = "", key = ""] = call.lab.hostKey.split(" ");
        const fingerprint = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "");
        const body = {
            verifiable_password_authentication: false,
            installed_version: "3.19.0",
            ssh_key_fingerprints: { SHA256_ED25519: fingerprint },
            ssh_keys: [`${algorithm} ${key}`],
        };
        return { status: 200, body };
    },

    "rate-limit/get": (call) => {
        const core = call.lab.limits.now(call.viewer === undefined ? "anonymous" : "core");
        const search = { ...core, limit: 30, remaining: 30, used: 0 };
        return {
            status: 200,
            body: { resources: { core, graphql: call.lab.limits.now("graphql"), search }, rate: core },
        };
    },
};
