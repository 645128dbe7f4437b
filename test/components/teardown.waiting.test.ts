import assert from "node:assert/strict";

import { connect } from "../../components/teardown/cluster";
import { waitForNamespace } from "../../components/teardown/wait";
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

    it("is the one of the context", async () => {
        world.answers.set("GET /version", {});
        assert.equal((await connect("dev", 10))?.context, "dev");
    });

    const waysOn = /KUBECONFIG[^]*PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy/;

    it("is missed by name where the kubeconfig has no such context", async () => {
        await assert.rejects(connect("gone", 10), ({ message }: Error) => {
            assert.match(message, /context gone cannot be reached: the kubeconfig has no such context/);
            assert.match(message, waysOn);
            return true;
        });
    });

    it("is given up when it does not answer in time", async () => {
        await world.close();
        await assert.rejects(connect("dev", 1), waysOn);
        await world.close();
    });

    it("is left alone once the person has said that it is gone", async () => {
        process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
        assert.equal(await connect("gone", 10), undefined);
    });
});
