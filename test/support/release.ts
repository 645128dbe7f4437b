import type { ManifestObject } from "../../domain/objects";

const namespace = "flux-system";
const servesArtifacts = ["source-controller", "source-watcher"];

export const allControllers = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
    "source-watcher",
];

/** What options change in a release manifest of Flux 2.9: Deployments as they are there, Services and a NetworkPolicy. */
export function releaseObjects(controllers: readonly string[] = allControllers): ManifestObject[] {
    const services = controllers.filter((name) => [...servesArtifacts, "notification-controller"].includes(name));
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "allow-egress", namespace, labels: labels() },
            spec: { podSelector: {}, policyTypes: ["Egress"] },
        },
        ...services.map(service),
        ...controllers.map(deployment),
    ];
}

function service(name: string): ManifestObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, labels: labels(name) },
        spec: { type: "ClusterIP", selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    };
}

function deployment(name: string): ManifestObject {
    const serves = servesArtifacts.includes(name);
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace, labels: labels(name) },
        spec: {
            replicas: 1,
            selector: { matchLabels: { app: name } },
            ...(serves ? { strategy: { type: "Recreate" } } : {}),
            template: {
                metadata: { labels: { app: name, ...labels(name) } },
                spec: {
                    serviceAccountName: name,
                    nodeSelector: { "kubernetes.io/os": "linux" },
                    containers: [
                        {
                            name: "manager",
                            image: `ghcr.io/fluxcd/${name}:v1.0.0`,
                            args: argumentsOf(name),
                            resources: {
                                limits: { cpu: "1000m", memory: "1Gi" },
                                requests: { cpu: "100m", memory: "64Mi" },
                            },
                            volumeMounts: [
                                ...(serves ? [{ mountPath: "/data", name: "data" }] : []),
                                { mountPath: "/tmp", name: "tmp" },
                            ],
                        },
                    ],
                    volumes: [...(serves ? [{ emptyDir: {}, name: "data" }] : []), { emptyDir: {}, name: "tmp" }],
                },
            },
        },
    };
}

function argumentsOf(name: string): string[] {
    const events = "--events-addr=http://notification-controller.flux-system.svc.cluster.local./";
    const storage = ["--storage-path=/data", `--storage-adv-addr=${name}.$(RUNTIME_NAMESPACE).svc.cluster.local.`];
    return [
        ...(name === "notification-controller" ? [] : [events]),
        "--watch-all-namespaces=true",
        "--log-level=info",
        "--log-encoding=json",
        "--enable-leader-election",
        ...(servesArtifacts.includes(name) ? storage : []),
    ];
}

function labels(component?: string): Record<string, string> {
    return {
        ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
        "app.kubernetes.io/instance": namespace,
        "app.kubernetes.io/part-of": "flux",
    };
}
