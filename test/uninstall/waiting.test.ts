import assert from "node:assert/strict";

import { connect } from "../../uninstall/connect";
import { waitForNamespace } from "../../uninstall/wait";
import { FakeCluster } from "../support/cluster";
import { startWorld, type World } from "../support/world";

describe("waitForNamespace", () => {
    const namespace = (metadata: object) =>
        new FakeCluster().add("/api/v1/namespaces", { metadata: { name: "flux-system", ...metadata } });

    it("returns at once if the namespace is not being deleted or does not exist", async () => {
        await waitForNamespace(namespace({}), "flux-system");
        await waitForNamespace(new FakeCluster(), "flux-system");
    });

    it("returns when the namespace is deleted", async () => {
        const cluster = namespace({ deletionTimestamp: "now" });
        cluster.instead.set("GET /api/v1/namespaces/flux-system", [
            () => undefined,
            () => {
                cluster.objects.clear();
            },
        ]);
        await waitForNamespace(cluster, "flux-system");
    });

    it("rejects after the deadline with the namespace's own conditions", async () => {
        const cluster = namespace({ deletionTimestamp: "now" });
        const [path = "", object] = [...cluster.objects][0] ?? [];
        const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message: "1 resource remains" }];
        assert.ok(object);
        cluster.objects.set(path, { ...object, status: { conditions } });
        cluster.deadline = Date.now();
        await assert.rejects(
            waitForNamespace(cluster, "flux-system"),
            /is being deleted, and still exists\.\n {2}1 resource remains\nSee kubectl --context dev get namespace flux-system -o yaml/,
        );
    });
});

describe("connect", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });
    afterEach(async () => {
        delete process.env.PULUMI_K8S_DELETE_UNREACHABLE;
        await world.close();
    });

    const wanted = { context: "dev", clusterUid: "uid-1", stack: "dev", command: "destroy", seconds: 10 } as const;
    const kubeSystem = "GET /api/v1/namespaces/kube-system";
    const forgets = "KUBECONFIG=/dev/null PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy --stack dev";
    const says =
        (...words: string[]) =>
        ({ message }: Error) => {
            for (const word of words) {
                assert.ok(message.includes(word), message);
            }
            return true;
        };

    it("returns the context's cluster if it has the uid that the stack knows", async () => {
        world.answers.set(kubeSystem, { metadata: { uid: "uid-1" } });
        assert.equal((await connect(wanted))?.context, "dev");
    });

    const another = "context dev leads to the one with kube-system uid uid-2; the stack's resources are in uid-1";

    it("rejects a destroy in another cluster, and names the ways to continue", async () => {
        world.answers.set(kubeSystem, { metadata: { uid: "uid-2" } });
        const way = `end the stack and forget the cluster without touching the other one: ${forgets}`;
        await assert.rejects(connect(wanted), says(another, "Nothing was changed in either", way));
        // It answers, so it is not gone.
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        await assert.rejects(connect(wanted), says(another, way));
    });

    it("rejects a refresh in another cluster, and names the ways to restore the state", async () => {
        world.answers.set(kubeSystem, { metadata: { uid: "uid-2" } });
        await assert.rejects(
            connect({ ...wanted, command: "refresh" }),
            says(
                another,
                "point dev back at it, and fix the state: pulumi up --stack dev",
                "KUBECONFIG=/dev/null PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --stack dev",
                "pulumi config set --stack dev fluxcd:clusterUid uid-2 && pulumi up --stack dev",
            ),
        );
    });

    it("rejects a cluster that forbids reading its uid, even if unreachable clusters are to be forgotten", async () => {
        world.answers.set(kubeSystem, 403);
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        await assert.rejects(connect(wanted), says("cannot be reached: status 403", forgets));
    });

    it("rejects a context that the kubeconfig does not have, and names it", async () => {
        await assert.rejects(
            connect({ ...wanted, context: "gone" }),
            says(
                "context gone cannot be reached: the kubeconfig has no context gone",
                "pulumi config set --stack dev fluxcd:context <context>",
                forgets,
            ),
        );
    });

    it("rejects a cluster that does not answer in time", async () => {
        await world.close();
        await assert.rejects(connect({ ...wanted, seconds: 1 }), says("cannot be reached", forgets));
        await world.close();
    });

    it("returns undefined for an unreachable cluster if PULUMI_K8S_DELETE_UNREACHABLE is set", async () => {
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        assert.equal(await connect({ ...wanted, context: "gone" }), undefined);
    });
});
