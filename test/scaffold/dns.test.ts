import assert from "node:assert/strict";
import { BlockList } from "node:net";

import type { V1LabelSelector, V1NetworkPolicyPeer } from "@kubernetes/client-node";

import { buildScaffold, only } from "../support/scaffold";

type Labels = Readonly<Record<string, string>>;

/** What a packet goes to: an address, or a pod as the network sees it. */
interface Target {
    readonly address?: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly port: number;
}

function selects(selector: V1LabelSelector | undefined, labels: Labels): boolean {
    const matchExpressions = selector?.matchExpressions ?? [];
    return (
        Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value) &&
        matchExpressions.every(({ key, operator, values = [] }) => {
            assert.equal(operator, "In");
            return values.includes(labels[key] ?? "");
        })
    );
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer, target: Target): boolean {
    if (ipBlock) {
        const [network = "", length] = ipBlock.cidr.split("/");
        const block = new BlockList();
        block.addSubnet(network, Number(length));
        return target.address !== undefined && block.check(target.address);
    }
    const names = { "kubernetes.io/metadata.name": target.namespace ?? "" };
    return (
        target.namespace !== undefined && selects(namespaceSelector, names) && selects(podSelector, target.labels ?? {})
    );
}

const system = (app: string) => ({ namespace: "kube-system", labels: { "k8s-app": app } });

describe("The scaffold's rule for DNS", function () {
    this.timeout(60_000);
    let allows: (target: Target, protocol?: string) => boolean;

    before(async () => {
        const { infrastructure } = await buildScaffold("production");
        const rules = only(infrastructure, "NetworkPolicy", "allow-dns").spec?.egress ?? [];
        allows = (target, protocol = "UDP") =>
            rules.some(
                ({ to = [], ports = [] }) =>
                    to.some((peer) => isPeer(peer, target)) &&
                    ports.some((it) => it.port === target.port && it.protocol === protocol),
            );
    });

    const resolvers: readonly (readonly [string, Target])[] = [
        ["the pods of CoreDNS", { ...system("kube-dns"), port: 53 }],
        [
            "the pods of NodeLocal DNSCache, as GKE with Dataplane V2 sees them",
            { ...system("node-local-dns"), port: 53 },
        ],
        ["NodeLocal DNSCache on its own address", { address: "169.254.20.10", port: 53 }],
        ["Cloud DNS for GKE", { address: "169.254.169.254", port: 53 }],
        ["LocalDNS of AKS", { address: "169.254.10.11", port: 53 }],
        ["the cluster IP in EKS Auto Mode", { address: "172.20.0.10", port: 53 }],
        ["the other cluster IP of EKS", { address: "10.100.0.10", port: 53 }],
        [
            "OpenShift",
            {
                namespace: "openshift-dns",
                labels: { "dns.operator.openshift.io/daemonset-dns": "default" },
                port: 5353,
            },
        ],
    ];
    for (const [name, target] of resolvers) {
        it(`lets pods ask ${name}, by UDP and TCP`, () => {
            assert.ok(allows(target));
            assert.ok(allows(target, "TCP"));
        });
    }

    const others: readonly (readonly [string, Target])[] = [
        ["a name server on the internet", { address: "8.8.8.8", port: 53 }],
        ["another port of a private address", { address: "10.0.0.1", port: 443 }],
        ["the metadata of a node", { address: "169.254.169.254", port: 80 }],
        ["another port of CoreDNS", { ...system("kube-dns"), port: 9153 }],
        ["another pod of kube-system", { ...system("metrics-server"), port: 53 }],
        [
            "pods with the label of CoreDNS in another namespace",
            { ...system("kube-dns"), namespace: "podinfo", port: 53 },
        ],
    ];
    for (const [name, target] of others) {
        it(`does not open ${name}`, () => {
            assert.ok(!allows(target));
            assert.ok(!allows(target, "TCP"));
        });
    }
});
