import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";

/** Where kwokctl finds the parts of a control plane. */
export interface ControlPlane {
    etcd: string;
    "kube-apiserver": string;
    "kube-controller-manager": string;
    "kube-scheduler": string;
    kwok: string;
    kwokctl: string;
    kubectl: string;
}

export const portNames = [
    "etcdPort",
    "etcdPeerPort",
    "kubeApiserverPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
] as const;

export type Ports = Record<(typeof portNames)[number], number>;

/** The configuration of one cluster, as `kwokctl create cluster --config` reads it. */
export function kwokConfiguration(binaries: ControlPlane, ports: Ports): string {
    const configuration = {
        apiVersion: "config.kwok.x-k8s.io/v1alpha1",
        kind: "KwokctlConfiguration",
        options: {
            runtime: "binary",
            // kwokctl would listen on all interfaces, etcd without a password among them.
            bindAddress: "127.0.0.1",
            ...ports,
            // One kwok that is started again plays no pod until the lease of the one before it has run out. kwokctl takes five
            // times what is said here (`heartbeatFactor`): 20 s, and 200 s by default.
            nodeLeaseDurationSeconds: 4,
            etcdBinary: binaries.etcd,
            kubeApiserverBinary: binaries["kube-apiserver"],
            kubeControllerManagerBinary: binaries["kube-controller-manager"],
            kubeSchedulerBinary: binaries["kube-scheduler"],
            kwokControllerBinary: binaries.kwok,
            kubectlBinary: binaries.kubectl,
        },
        componentsPatches: [
            // A lab does not outlive the machine's crash, so it need not wait for the disk.
            { name: "etcd", extraArgs: [{ key: "unsafe-no-fsync", value: "true" }] },
            // Without it the API server wants a network interface besides the loopback, which a laptop on a train has not.
            { name: "kube-apiserver", extraArgs: [{ key: "advertise-address", value: "192.0.2.1" }] },
            // There is only one of each, and one that is restarted must not wait for the lease of the one that died.
            ...["kube-controller-manager", "kube-scheduler"].map((name) => ({
                name,
                extraArgs: [{ key: "leader-elect", value: "false" }],
            })),
        ],
    };
    return [configuration, ...stages()].map((document) => stringify(document)).join("---\n");
}

function stages(): unknown[] {
    return ["nodes.yaml", "pods.yaml"].flatMap((file) =>
        parseAllDocuments(readFileSync(join(import.meta.dirname, "stages", file), "utf8")).map(
            (document) => document.toJS() as unknown,
        ),
    );
}

/** What of kwokctl's own record of a cluster the lab reads. */
export interface KwokComponent {
    name: string;
    binary: string;
    args: string[];
}
