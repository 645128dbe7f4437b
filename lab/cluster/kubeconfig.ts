import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

interface Kubeconfig {
    clusters: { name: string; cluster: { server: string; "certificate-authority": string } }[];
    users: { name: string; user: { "client-certificate": string; "client-key": string } }[];
}

/** How a cluster is reached as its administrator. */
export interface Access {
    server: string;
    certificateAuthority: Buffer;
    certificate: Buffer;
    key: Buffer;
}

/** Reads what kwokctl wrote for one cluster. */
export function readAccess(file: string): Access {
    const { clusters, users } = parse(readFileSync(file, "utf8")) as Kubeconfig;
    const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
    if (!cluster || !user) throw new Error(`${file} names no cluster or no user: npm run lab -- down, then up again.`);
    return {
        server: cluster.server,
        certificateAuthority: readFileSync(cluster["certificate-authority"]),
        certificate: readFileSync(user["client-certificate"]),
        key: readFileSync(user["client-key"]),
    };
}

/**
 * One kubeconfig with a context per cluster, self-contained. It has no current-context on purpose: whoever uses it
 * says which cluster is meant.
 */
export function mergedKubeconfig(clusters: Record<string, Access>): string {
    const entries = Object.entries(clusters);
    const base64 = (data: Buffer) => data.toString("base64");
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: entries.map(([name, access]) => ({
            name,
            cluster: { server: access.server, "certificate-authority-data": base64(access.certificateAuthority) },
        })),
        users: entries.map(([name, access]) => ({
            name,
            user: { "client-certificate-data": base64(access.certificate), "client-key-data": base64(access.key) },
        })),
        contexts: entries.map(([name]) => ({ name, context: { cluster: name, user: name } })),
    });
}

/** Writes it whole, and only when it differs. */
export function writeKubeconfig(file: string, content: string): boolean {
    if (existsSync(file) && readFileSync(file, "utf8") === content) return false;
    writeFileSync(`${file}.partial`, content, { mode: 0o600 });
    renameSync(`${file}.partial`, file);
    return true;
}
