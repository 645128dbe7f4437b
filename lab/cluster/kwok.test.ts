import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { kwokConfiguration, portNames, type Ports } from "./kwok.ts";
import { mergedKubeconfig } from "./kubeconfig.ts";
import { realNamespace } from "./names.ts";

const ports = Object.fromEntries(portNames.map((name, index) => [name, 20000 + index])) as Ports;
const binaries = {
    etcd: "/etcd",
    "kube-apiserver": "/kube-apiserver",
    "kube-controller-manager": "/kube-controller-manager",
    "kube-scheduler": "/kube-scheduler",
    kwok: "/kwok",
    kwokctl: "/kwokctl",
    kubectl: "/kubectl",
};

interface Stage {
    kind: string;
    spec: {
        resourceRef: { kind: string };
        selector: { matchExpressions: { key: string; operator: string; values: string[] }[] };
    };
}

const [configuration, ...stages] = parseAllDocuments(kwokConfiguration(binaries, ports)).map(
    (document) => document.toJS() as unknown,
);

void test("nothing listens beyond this machine and nothing is downloaded", () => {
    const { options } = configuration as { options: Record<string, unknown> };
    assert.equal(options.bindAddress, "127.0.0.1");
    for (const [name, value] of Object.entries(options)) {
        if (name.endsWith("Binary")) assert.match(String(value), /^\//);
    }
});

void test("kwok plays no pod of the namespace whose pods are real", () => {
    const pods = (stages as Stage[]).filter(({ spec }) => spec.resourceRef.kind === "Pod");
    assert.equal(pods.length, 4);
    for (const { spec } of pods) {
        assert.deepEqual(spec.selector.matchExpressions[0], {
            key: ".metadata.namespace",
            operator: "NotIn",
            values: [realNamespace],
        });
    }
});

void test("the kubeconfig has a context per cluster and no current one", () => {
    const access = {
        server: "https://127.0.0.1:1",
        certificateAuthority: Buffer.from("ca"),
        certificate: Buffer.from("c"),
        key: Buffer.from("k"),
    };
    const kubeconfig = parse(mergedKubeconfig({ dev: access, staging: access })) as {
        contexts: { name: string; context: { cluster: string; user: string } }[];
    };
    assert.deepEqual(kubeconfig.contexts, [
        { name: "dev", context: { cluster: "dev", user: "dev" } },
        { name: "staging", context: { cluster: "staging", user: "staging" } },
    ]);
    assert.equal("current-context" in kubeconfig, false);
});
