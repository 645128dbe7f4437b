import { AuthenticationV1TokenRequest, type CoreV1Api } from "@kubernetes/client-node";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Pod } from "./plain.ts";
import { rest } from "./probe.ts";

/** The lifetime a real kubelet asks for. */
const lifetimeSeconds = 3607;

export interface Server {
    url: string;
    certificateAuthorityData: string;
}

/**
 * Makes the pod its service account: a kubeconfig whose only credential is a token bound to this pod, and which is
 * renewed for as long as the signal lets it. Returns the kubeconfig's path.
 */
export async function actAsServiceAccount(
    api: CoreV1Api,
    server: Server,
    pod: Pod,
    { directory, signal }: { directory: string; signal: AbortSignal },
): Promise<string> {
    const tokenFile = join(directory, "token");
    const kubeconfig = join(directory, "kubeconfig");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const account = pod.spec?.serviceAccountName ?? "default";
    const { name = "", namespace = "", uid = "" } = pod.metadata ?? {};

    const request = async () => {
        const boundTo = { apiVersion: "v1", kind: "Pod", name, uid };
        const body = Object.assign(new AuthenticationV1TokenRequest(), {
            spec: { audiences: [], boundObjectRef: boundTo, expirationSeconds: lifetimeSeconds },
        });
        const { status } = await api.createNamespacedServiceAccountToken({ name: account, namespace, body });
        writeFileSync(`${tokenFile}.partial`, status?.token ?? "", { mode: 0o600 });
        renameSync(`${tokenFile}.partial`, tokenFile);
    };
    await request();
    void renew(request, signal);

    writeFileSync(
        kubeconfig,
        stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "cluster",
                    cluster: { server: server.url, "certificate-authority-data": server.certificateAuthorityData },
                },
            ],
            users: [{ name: account, user: { tokenFile } }],
            contexts: [{ name: "pod", context: { cluster: "cluster", user: account, namespace } }],
            "current-context": "pod",
        }),
        { mode: 0o600 },
    );
    return kubeconfig;
}

/** Long before the token ends, and again soon when the API server does not answer. */
async function renew(request: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const early = lifetimeSeconds * 0.8;
    for (let wait = early; ;) {
        await rest(wait * 1000, signal);
        if (signal.aborted) return;
        wait = await request().then(
            () => early,
            () => 10,
        );
    }
}
