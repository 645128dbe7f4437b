import { spawn } from "node:child_process";
import { normalize } from "node:path";
import { isatty } from "node:tty";

import { parse } from "yaml";
import { z } from "zod";

import type { KubeContext, KubeExec } from "./kubeconfig";
import { KubeconfigError } from "./kubeconfigFiles";

/** The credential that a plugin has issued. */
export interface PluginCredential {
    readonly token: string;
    /** A client certificate and its key in PEM, or two empty texts. */
    readonly certificate: string;
    readonly key: string;
    /** The time in milliseconds since 1970 from which it is not valid; undefined if it does not expire. */
    readonly expires: number | undefined;
}

/** People get this long to sign in. kubectl has no limit, but a run without a person must end. */
const withinMs = 5 * 60_000;
/** Progress is shown for all that takes longer. */
const noticeAfterMs = 3000;

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

const text = z
    .string()
    .nullish()
    .transform((value) => value ?? "");
const credentialSchema = z.object({
    apiVersion: text,
    kind: text,
    status: z.object({
        token: text,
        clientCertificateData: text,
        clientKeyData: text,
        expirationTimestamp: text,
    }),
});

/**
 * Runs the credential plugin of a context's user, such as `aws eks get-token`, as client-go does. The plugin's words
 * go to stderr while it runs, because they may ask a person to sign in. On a terminal, it can read the answer.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runPlugin(context: KubeContext, exec: KubeExec): Promise<PluginCredential> {
    const { apiVersion } = exec;
    if (!versions.includes(apiVersion)) {
        throw new KubeconfigError(`${at(context)} has apiVersion "${apiVersion}": expected ${versions.join(" or ")}`);
    }
    const interactive = isInteractive(context, exec);
    const spec = { ...(exec.provideClusterInfo && { cluster: clusterInfo(context) }), interactive };
    const env = {
        ...process.env,
        ...Object.fromEntries(exec.env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify({ kind: "ExecCredential", apiVersion, spec }),
    };
    return credentialIn(await outputOf(context, exec, { env, interactive }), context, apiVersion);
}

function at({ userName }: KubeContext): string {
    return `the credential plugin of kubeconfig user ${userName}`;
}

function isInteractive(context: KubeContext, { apiVersion, interactiveMode }: KubeExec): boolean {
    // Only the older version has a default.
    const mode = interactiveMode === "" && apiVersion.endsWith("/v1beta1") ? "IfAvailable" : interactiveMode;
    switch (mode) {
        case "Never":
            return false;
        case "IfAvailable":
            return isatty(0);
        case "Always":
            if (!isatty(0)) {
                throw new KubeconfigError(
                    `${at(context)} asks a person to sign in, and there is no terminal here. Sign in once with kubectl --context ${context.name} get namespace kube-system, and run this again`,
                );
            }
            return true;
        default:
            throw new KubeconfigError(
                `${at(context)} has interactiveMode "${mode}": expected Never, IfAvailable or Always, which ${apiVersion} needs`,
            );
    }
}

/** The cluster as plugins expect it, with the configuration that they may have in the cluster's extensions. */
function clusterInfo({ cluster }: KubeContext): object {
    const extension = cluster.extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
    const fields = {
        server: cluster.server,
        "tls-server-name": cluster["tls-server-name"],
        "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
        "certificate-authority-data": cluster["certificate-authority-data"],
        "proxy-url": cluster["proxy-url"],
        "disable-compression": cluster["disable-compression"],
    };
    const set = Object.entries(fields).filter(([, value]) => value !== "" && value !== false);
    return { ...Object.fromEntries(set), config: extension ?? null };
}

interface Run {
    readonly env: NodeJS.ProcessEnv;
    readonly interactive: boolean;
}

/** What the plugin prints. Fails with its own words if it does not succeed. */
function outputOf(context: KubeContext, exec: KubeExec, { env, interactive }: Run): Promise<string> {
    const command = normalize(exec.command);
    return new Promise((resolve, reject) => {
        const plugin = spawn(command, exec.args, {
            env,
            stdio: [interactive ? "inherit" : "ignore", "pipe", "pipe"],
            timeout: withinMs,
        });
        const notice = setTimeout(() => {
            process.stderr.write(`Waiting for ${command}, ${at(context)}.\n`);
        }, noticeAfterMs);
        const said = { stdout: "", stderr: "" };
        plugin.stdout.setEncoding("utf8").on("data", (chunk: string) => {
            said.stdout += chunk;
        });
        plugin.stderr.setEncoding("utf8").on("data", (chunk: string) => {
            said.stderr += chunk;
            process.stderr.write(chunk);
        });
        plugin.on("error", (error: NodeJS.ErrnoException) => {
            clearTimeout(notice);
            const hint = exec.installHint === "" ? "" : `: ${exec.installHint.trim()}`;
            const missing = `${at(context)}, ${command}, is not installed${hint}`;
            reject(new KubeconfigError(error.code === "ENOENT" ? missing : `${at(context)}: ${error.message}`));
        });
        plugin.on("close", (code, signal) => {
            clearTimeout(notice);
            if (code === 0) {
                resolve(said.stdout);
                return;
            }
            const ended = signal ? `was stopped after ${withinMs / 60_000} minutes` : `failed with exit code ${code}`;
            const words = said.stderr
                .trim()
                .split(/\s*\n\s*/)
                .join(" ");
            reject(new KubeconfigError(`${at(context)}, ${command}, ${ended}${words === "" ? "" : `: ${words}`}`));
        });
    });
}

function credentialIn(output: string, context: KubeContext, apiVersion: string): PluginCredential {
    const { data } = credentialSchema.safeParse(parsed(output));
    const invalid = (expected: string) => new KubeconfigError(`${at(context)} did not print a credential: ${expected}`);
    if (data?.kind !== "ExecCredential") {
        throw invalid("expected an ExecCredential with a status");
    }
    if (data.apiVersion !== apiVersion) {
        throw invalid(`expected apiVersion ${apiVersion}, got "${data.apiVersion}"`);
    }
    const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = data.status;
    if (token === "" && certificate === "" && key === "") {
        throw invalid("expected a token, or a certificate with its key");
    }
    if ((certificate === "") !== (key === "")) {
        throw invalid("expected both a certificate and its key");
    }
    const expires = Date.parse(expirationTimestamp);
    return { token, certificate, key, expires: Number.isNaN(expires) ? undefined : expires };
}

/** JSON or YAML. An error would quote the output, which may have a token. */
function parsed(output: string): unknown {
    try {
        return parse(output);
    } catch {
        return undefined;
    }
}
