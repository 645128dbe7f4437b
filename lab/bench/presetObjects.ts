import { stringify } from "yaml";
import { readSettings } from "../settings.ts";
import { type Answer, ask } from "./github.ts";

/** The repository that all of the Kustomizations apply from. */
export const repositoryName = "flux-benchmark";

export const phases = {
    install: "made, until all are ready",
    upgrade: "pushed, until all have applied it",
    nothing: "all reconciled, with nothing to change",
    slow: "made, until all are ready, each of which takes 5 s",
} as const;

export type Phase = keyof typeof phases;

/** The two folders: an app that runs nothing, and one whose pod must be ready for a while. */
const folders = { app: { replicas: 0, minReadySeconds: 0 }, slow: { replicas: 1, minReadySeconds: 5 } } as const;

/** Makes the repository as a public one with both folders. */
export async function makeRepository(): Promise<void> {
    await ask("POST", "/user/repos", { name: repositoryName, private: false });
    for (const folder of Object.keys(folders) as (keyof typeof folders)[])
        await write(`${folder}/app.yaml`, application(folder, "0"), `The folder ${folder}`);
}

/** Pushes another version of the app, and gives the commit. */
export async function pushVersion(version: string): Promise<string> {
    const file = await ask("GET", `/repos/misua/${repositoryName}/contents/app/app.yaml`);
    const { commit } = await write("app/app.yaml", application("app", version), `Version ${version}`, file.sha);
    return commit?.sha ?? "";
}

/** The namespace, and the source in it. */
export function prerequisites(namespace: string): object[] {
    const url = `http://127.0.0.1:${readSettings()?.github.port ?? 0}/misua/${repositoryName}.git`;
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        {
            apiVersion: "source.toolkit.fluxcd.io/v1",
            kind: "GitRepository",
            metadata: { name: repositoryName, namespace },
            spec: { url, interval: "1h", ref: { branch: "main" } },
        },
    ];
}

/** As flux-benchmark has them, and orphaning what they apply, so that they are taken away without the controllers' work. */
export function kustomizations(namespace: string, size: number, folder: keyof typeof folders): object[] {
    return Array.from({ length: size }, (_, index) => ({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name: `app-${index}`, namespace },
        spec: {
            sourceRef: { kind: "GitRepository", name: repositoryName },
            path: `./${folder}`,
            interval: "1h",
            retryInterval: "2m",
            timeout: "5m",
            prune: true,
            wait: true,
            deletionPolicy: "Orphan",
            targetNamespace: namespace,
            postBuild: { substitute: { INDEX: `${index}` } },
        },
    }));
}

function application(folder: keyof typeof folders, version: string): string {
    const name = "podinfo-${INDEX}";
    const labels = { "app.kubernetes.io/name": name };
    const metadata = { name, labels: { ...labels, "app.kubernetes.io/version": `v${version}` } };
    const container = {
        name: "podinfo",
        image: "ghcr.io/stefanprodan/podinfo:6.11.0",
        ports: [{ name: "http", containerPort: 9898, protocol: "TCP" }],
    };
    const backend = { service: { name, port: { number: 9898 } } };
    const objects = [
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: {
                // A lab's cluster has 254 addresses for Services.
                clusterIP: "None",
                selector: labels,
                ports: [{ name: "http", port: 9898, targetPort: "http", protocol: "TCP" }],
            },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                ...folders[folder],
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } },
            },
        },
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata,
            spec: {
                rules: [
                    {
                        host: `${name}.example.com`,
                        http: { paths: [{ path: "/", pathType: "ImplementationSpecific", backend }] },
                    },
                ],
            },
        },
    ];
    return objects.map((object) => stringify(object)).join("---\n");
}

function write(path: string, text: string, message: string, sha?: string): Promise<Answer> {
    const content = Buffer.from(text).toString("base64");
    const body = { message, content, branch: "main", ...(sha !== undefined && { sha }) };
    return ask("PUT", `/repos/misua/${repositoryName}/contents/${path}`, body);
}
