import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";

import { type PluginCredential, runPlugin } from "./credentialPlugin";
import type { KubeContext } from "./kubeconfig";
import { KubeconfigError } from "./kubeconfigFiles";

/** The credentials of a context's user, for each request. */
export interface Credentials {
    readonly get: () => Promise<{ headers: OutgoingHttpHeaders; certificate: { cert?: string; key?: string } }>;
    /** Asks for another credential. False if there is none to ask for. */
    readonly renew: () => Promise<boolean>;
}

/** Returns the credentials of a context. Fails if the user has none that can be used. */
export function credentialsOf(context: KubeContext, isTls: boolean): Credentials {
    const { user } = context;
    const own = isTls ? authorization(context) : undefined;
    const hasOwn = own !== undefined || user["client-certificate"] !== "" || user["client-certificate-data"] !== "";
    const headers = impersonation(context);
    // kubectl sends no credential without TLS, and runs no plugin if the user has another credential.
    const exec = isTls && !hasOwn ? user.exec : undefined;
    if (!exec) {
        const get = () => Promise.resolve({ headers: { ...headers, ...own?.() }, certificate: {} });
        return { get, renew: () => Promise.resolve(false) };
    }
    let pending: Promise<PluginCredential> | undefined;
    const run = () => {
        pending = runPlugin(context, exec);
        pending.catch(() => {
            pending = undefined;
        });
        return pending;
    };
    const current = async () => {
        const credential = await (pending ?? run());
        return credential.expires !== undefined && credential.expires <= Date.now() ? run() : credential;
    };
    return {
        get: async () => {
            const { token, certificate: cert, key } = await current();
            const bearer = token === "" ? {} : { Authorization: `Bearer ${token}` };
            return { headers: { ...headers, ...bearer }, certificate: cert === "" ? {} : { cert, key } };
        },
        renew: async () => {
            await run();
            return true;
        },
    };
}

/** The header of a token or password; undefined if the user has neither. */
function authorization({ userName, user }: KubeContext): (() => OutgoingHttpHeaders) | undefined {
    const { token, tokenFile, username, password } = user;
    const hasPassword = username !== "" || password !== "";
    if (hasPassword && (token !== "" || tokenFile !== "")) {
        throw new KubeconfigError(
            `user ${userName} of the kubeconfig has both a token and a password: expected one of them`,
        );
    }
    if (hasPassword) {
        const basic = Buffer.from(`${username}:${password}`).toString("base64");
        return () => ({ Authorization: `Basic ${basic}` });
    }
    if (tokenFile !== "") {
        // The file changes: the kubelet and other agents renew its token.
        return () => ({ Authorization: `Bearer ${tokenIn(userName, tokenFile, token)}` });
    }
    if (token !== "") {
        return () => ({ Authorization: `Bearer ${token}` });
    }
    return fromAuthProvider(userName, user["auth-provider"]);
}

function tokenIn(userName: string, file: string, otherwise: string): string {
    try {
        return readFileSync(file, "utf8").trim() || otherwise;
    } catch (error) {
        if (otherwise === "") {
            throw new KubeconfigError(`user ${userName} of the kubeconfig: ${(error as Error).message}`);
        }
        return otherwise;
    }
}

function fromAuthProvider(
    userName: string,
    provider: KubeContext["user"]["auth-provider"],
): (() => OutgoingHttpHeaders) | undefined {
    if (!provider) {
        return undefined;
    }
    const token = provider.config?.["id-token"] ?? "";
    if (provider.name !== "oidc") {
        throw new KubeconfigError(
            `user ${userName} of the kubeconfig has the auth-provider ${provider.name}, which kubectl no longer has: expected a credential plugin under exec`,
        );
    }
    if (token === "" || expiryOf(token) <= Date.now()) {
        // Only kubectl can store the refresh token that it gets in exchange.
        throw new KubeconfigError(
            `the OIDC token of kubeconfig user ${userName} has expired. Let kubectl renew it with any command, such as kubectl get namespaces, and run this again`,
        );
    }
    return () => ({ Authorization: `Bearer ${token}` });
}

/** The expiry of a JSON Web Token in milliseconds since 1970. */
function expiryOf(token: string): number {
    try {
        const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
        return (JSON.parse(payload) as { exp: number }).exp * 1000;
    } catch {
        return 0;
    }
}

function impersonation({ userName, user }: KubeContext): OutgoingHttpHeaders {
    const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = user;
    if (as === "") {
        if (uid !== "" || groups.length > 0 || Object.keys(extra).length > 0) {
            throw new KubeconfigError(
                `user ${userName} of the kubeconfig has as-uid, as-groups or as-user-extra without as`,
            );
        }
        return {};
    }
    return {
        "Impersonate-User": as,
        ...(uid !== "" && { "Impersonate-Uid": uid }),
        ...(groups.length > 0 && { "Impersonate-Group": groups }),
        ...Object.fromEntries(
            Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${escaped(key)}`, values]),
        ),
    };
}

/** A name that is allowed in a header: other bytes are percent-encoded, and so is the percent sign itself. */
function escaped(key: string): string {
    return [...Buffer.from(key)]
        .map((byte) => {
            const letter = String.fromCharCode(byte);
            const hex = byte.toString(16).toUpperCase().padStart(2, "0");
            return /[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(letter) ? letter : `%${hex}`;
        })
        .join("");
}
