import assert from "node:assert/strict";

import { allow, type StackRelease, takeRelease } from "../../components/release";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";

const commit = "1".repeat(40);
const release: StackRelease = {
    cluster: "uid-of-the-cluster",
    sources: { infrastructure: { tag: "prod-v1.0.0", commit }, apps: { tag: "prod-v1.1.0", commit } },
    secretsDrawnBy: "RandomPassword",
};
const nothing = () => Promise.resolve({ problems: [], notes: [] });
const guards = {
    context: "production",
    acceptedClusterUid: "",
    objectsInState: () => Promise.resolve(0),
    anothersFlux: [],
    judge: nothing,
};
const problem = { refusal: "soak", key: "fluxcd:sources.apps.tag", expected: "to wait", fix: "wait" } as const;

describe("takeRelease", () => {
    it("stores the cluster, the tags and their commits", async () => {
        const engine = await startEngine("production");
        const lastOutputs = () => Promise.reject(new Error("asked"));
        await takeRelease("release", release, { ...guards, lastOutputs });
        assert.deepEqual(engine.one("pulumi:index:Stash", "release").inputs, { input: release });
    });
});

describe("allow", () => {
    beforeEach(async () => {
        await startEngine("production");
    });

    it("judges the release against the stack's current release", async () => {
        const asked: unknown[] = [];
        const judge = (from: unknown) => {
            asked.push(from);
            return nothing();
        };
        await allow(undefined, release, { ...guards, judge });
        await allow(release, release, { ...guards, judge });
        assert.deepEqual(asked, [undefined, release.sources]);
    });

    it("rejects with rule, key and fix if the judge finds a problem", async () => {
        const judge = () => Promise.resolve({ problems: [problem], notes: [] });
        await assert.rejects(
            allow(release, release, { ...guards, judge }),
            refusal("fluxcd:sources.apps.tag", "soak: to wait"),
        );
    });

    describe("in another cluster", () => {
        const moved = { ...release, cluster: "uid-of-another" };
        const accepting = { ...guards, acceptedClusterUid: "uid-of-another" };
        const forgets = "KUBECONFIG=/dev/null PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --stack production";
        const accepts = "pulumi config set --stack production fluxcd:clusterUid uid-of-another";

        it("rejects before judging, with the uids of the old and new clusters and each way to continue", async () => {
            const asking = { ...guards, judge: () => Promise.reject(new Error("asked")) };
            const holding = { ...asking, objectsInState: () => Promise.resolve(42) };
            for (const words of [
                "leads to the cluster with kube-system uid uid-of-another; the stack's resources are in uid-of-the-cluster",
                "point it back and run pulumi destroy --stack production first",
                `if the old cluster is gone for good: ${forgets} && ${accepts}`,
            ]) {
                await assert.rejects(allow(release, moved, holding), refusal("fluxcd:context", words));
            }
            const forgotten = refusal("fluxcd:context", `if the old cluster is gone for good: ${accepts}`);
            await assert.rejects(allow(release, moved, asking), forgotten);
        });

        it("rejects an accepted move while the state still has objects of the old cluster", async () => {
            const holding = { ...accepting, objectsInState: () => Promise.resolve(1) };
            await assert.rejects(allow(release, moved, holding), refusal("fluxcd:context", forgets));
        });

        it("accepts the move that config names once the old cluster's objects are gone from the state", async () => {
            await assert.doesNotReject(allow(release, moved, accepting));
        });

        it("does not count the objects in the state if the cluster is new or unchanged", async () => {
            const objectsInState = () => Promise.reject(new Error("asked"));
            await assert.doesNotReject(allow(release, release, { ...accepting, objectsInState }));
            await assert.doesNotReject(allow(undefined, release, { ...accepting, objectsInState }));
        });
    });

    describe("against a Flux installed by someone else", () => {
        const anothers = { key: "fluxcd:flux.existing", expected: "helm-controller runs there", fix: "adopt" };
        const against = { ...guards, acceptedClusterUid: "uid-of-another", anothersFlux: [anothers] };

        it("rejects a new stack, and a stack that is new in its cluster", async () => {
            const says = refusal("fluxcd:flux.existing", "helm-controller runs there");
            await assert.rejects(allow(undefined, release, against), says);
            await assert.rejects(allow(release, { ...release, cluster: "uid-of-another" }, against), says);
        });

        it("accepts a stack that already runs in this cluster", () => allow(release, release, against));
    });
});
