import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, listeners, mentionedServices, rewriteArguments } from "./arguments.ts";

const where = {
    mounts: [
        { mountPath: "/data", hostPath: "/lab/data" },
        { mountPath: "/data/deeper", hostPath: "/lab/deeper" },
    ],
    ports: new Map([
        [8080, 20001],
        [9440, 20002],
        [9090, 20003],
        [9292, 20004],
        [7070, 20005],
    ]),
    service: ({ name, namespace, port }: { name: string; namespace: string; port: number }) =>
        `127.0.0.1:1/${name}/${namespace}/${port}`,
};

void test("source-controller: only addresses, paths and leader election change", () => {
    const args = [
        "--events-addr=http://notification-controller.flux-system.svc.cluster.local./",
        "--watch-all-namespaces=true",
        "--log-level=info",
        "--log-encoding=json",
        "--enable-leader-election",
        "--storage-path=/data",
        "--storage-adv-addr=source-controller.flux-system.svc.cluster.local.",
    ];
    assert.deepEqual(rewriteArguments("source-controller", args, where), [
        "--events-addr=http://127.0.0.1:1/notification-controller/flux-system/80/",
        "--watch-all-namespaces=true",
        "--log-level=info",
        "--log-encoding=json",
        "--storage-path=/lab/data",
        "--storage-adv-addr=127.0.0.1:1/source-controller/flux-system/80",
        "--metrics-addr=127.0.0.1:20001",
        "--health-addr=127.0.0.1:20002",
        "--storage-addr=127.0.0.1:20003",
    ]);
});

void test("image-reflector-controller: its storage is where the pod's volume is, also where nothing says so", () => {
    for (const args of [[], ["--storage-path=/data"]])
        assert.ok(rewriteArguments("image-reflector-controller", args, where).includes("--storage-path=/lab/data"));
    const elsewhere = rewriteArguments("image-reflector-controller", ["--storage-path=/data/deeper"], where);
    assert.equal(elsewhere.filter((arg) => arg.startsWith("--storage-path=")).at(-1), "--storage-path=/lab/deeper");
});

void test("a Service has an address in the clusters' second domain, and in no other", () => {
    const args = ["svc.lab.internal.", "svc.example.org."].map(
        (domain) => `--events-addr=http://n.flux-system.${domain}/`,
    );
    assert.deepEqual(rewriteArguments("helm-controller", args, where).slice(0, 2), [
        "--events-addr=http://127.0.0.1:1/n/flux-system/80/",
        "--events-addr=http://n.flux-system.svc.example.org./",
    ]);
});

void test("notification-controller: --events-addr is where it listens", () => {
    assert.deepEqual(rewriteArguments("notification-controller", ["--enable-leader-election=true"], where), [
        "--metrics-addr=127.0.0.1:20001",
        "--health-addr=127.0.0.1:20002",
        "--events-addr=127.0.0.1:20003",
        "--receiverAddr=127.0.0.1:20004",
    ]);
});

void test("a port of the container's own choice is the one that is mapped", () => {
    assert.equal(listeners("helm-controller", ["--metrics-addr=:7070"]).get("--metrics-addr"), 7070);
    const args = rewriteArguments("helm-controller", ["--metrics-addr=:7070", "--health-addr=0.0.0.0:9440"], where);
    assert.deepEqual(args, ["--metrics-addr=127.0.0.1:20005", "--health-addr=127.0.0.1:20002"]);
});

void test("a flag and its value may be two arguments", () => {
    const args = rewriteArguments("helm-controller", ["--metrics-addr", ":7070", "--watch-all-namespaces"], where);
    assert.deepEqual(args, [
        "--watch-all-namespaces",
        "--metrics-addr=127.0.0.1:20005",
        "--health-addr=127.0.0.1:20002",
    ]);
});

void test("the deepest mount wins, and what only looks like one stays", () => {
    const args = ["--a=/data/deeper/x", "--b=/database", "--c=/data/x", "/data"];
    const rewritten = rewriteArguments("helm-controller", args, where).slice(0, 4);
    assert.deepEqual(rewritten, ["--a=/lab/deeper/x", "--b=/database", "--c=/lab/data/x", "/data"]);
});

void test("services with a port of their own, and addresses outside the cluster", () => {
    assert.deepEqual(mentionedServices(["http://a.b.svc:8443/x", "https://example.com/", "c.d.svc.cluster.local"]), [
        { name: "a", namespace: "b", port: 8443 },
        { name: "c", namespace: "d", port: 80 },
    ]);
});

void test("variables expand as Kubernetes does it", () => {
    const variables = { NAME: "value" };
    assert.equal(expand("$(NAME) $$(NAME) $(OTHER) $NAME", variables), "value $(NAME) $(OTHER) $NAME");
});
