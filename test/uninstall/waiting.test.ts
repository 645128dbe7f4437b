import assert from "node:assert/strict";

import { connect } from "../../uninstall/connect";
import { waitForNamespace } from "../../uninstall/wait";
import { FakeCluster } from "../support/cluster";
import { startWorld, type World } from "../support/world";

describe("The wait for the namespace", () => {
    const namespace = (metadata: object) =>
        new FakeCluster().add("/api/v1/namespaces", { metadata: { name: "flux-system", ...metadata } });

    it("ends at once where nobody deletes it, and where it is gone", async () => {
        await waitForNamespace(namespace({}), "flux-system");
        await waitForNamespace(new FakeCluster(), "flux-system");
    });

    it("ends when it is gone", async () => {
        const cluster = namespace({ deletionTimestamp: "now" });
        cluster.instead.set("GET /api/v1/namespaces/flux-system", [
            () => undefined,
            () => {
                cluster.objects.clear();
            },
        ]);
        await waitForNamespace(cluster, "flux-system");
    });

    it("says what the namespace says, and what holds it", async () => {
        const cluster = namespace({ deletionTimestamp: "now" });
        const [path = "", object] = [...cluster.objects][0] ?? [];
        const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message: "1 resource remains" }];
        assert.ok(object);
        cluster.objects.set(path, { ...object, status: { conditions } });
        cluster.deadline = Date.now();
        await assert.rejects(
            waitForNamespace(cluster, "flux-system"),
            /does not go\.\n {2}1 resource remains\nSee kubectl --context dev get namespace flux-system -o yaml/,
        );
    });
});

describe("The cluster of a teardown", () => {
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

    it("is the one of the context, with the uid that the stack knows", async () => {
        world.answers.set(kubeSystem, { metadata: { uid: "uid-1" } });
        assert.equal((await connect(wanted))?.context, "dev");
    });

    const another = "context dev leads to the one with kube-system uid uid-2; the stack's resources are in uid-1";

    it("is refused to a destroy when it is another one, with the way back and the way on", async () => {
        world.answers.set(kubeSystem, { metadata: { uid: "uid-2" } });
        const way = `end the stack and forget the cluster without touching the other one: ${forgets}`;
        await assert.rejects(connect(wanted), says(another, "Nothing was changed in either", way));
        // It answers, so it is not gone.
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        await assert.rejects(connect(wanted), says(another, way));
    });

    it("is refused to a refresh when it is another one, which says how to take the state back", async () => {
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

    it("is not taken for gone where its user may not ask which it is", async () => {
        world.answers.set(kubeSystem, 403);
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        await assert.rejects(connect(wanted), says("cannot be reached: status 403", forgets));
    });

    it("is missed by name where the kubeconfig has no such context", async () => {
        await assert.rejects(
            connect({ ...wanted, context: "gone" }),
            says(
                "context gone cannot be reached: the kubeconfig has no such context",
                "pulumi config set --stack dev fluxcd:context <context>",
                forgets,
            ),
        );
    });

    it("is given up when it does not answer in time", async () => {
        await world.close();
        await assert.rejects(connect({ ...wanted, seconds: 1 }), says("cannot be reached", forgets));
        await world.close();
    });

    it("is left alone once the person has said that it is gone", async () => {
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        assert.equal(await connect({ ...wanted, context: "gone" }), undefined);
    });
});
