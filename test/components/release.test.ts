import assert from "node:assert/strict";

import { allow, type StackRelease, takeRelease } from "../../components/release";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";

const commit = "1".repeat(40);
const release: StackRelease = {
    cluster: "uid-of-the-cluster",
    infrastructure: { tag: "prod-v1.0.0", commit },
    apps: { tag: "prod-v1.1.0", commit },
    secretsDrawnBy: "RandomPassword",
};
const nothing = () => Promise.resolve({ problems: [], notes: [] });
const problem = { refusal: "soak", key: "fluxcd:apps.tag", expected: "to wait", mend: "wait" } as const;

describe("takeRelease", () => {
    it("remembers the cluster, the tags and the commits behind them", async () => {
        const engine = await startEngine("production");
        const lastOutputs = () => Promise.reject(new Error("asked"));
        await takeRelease("release", release, {
            acceptedClusterUid: "",
            anothersFlux: [],
            judge: nothing,
            lastOutputs,
        });
        assert.deepEqual(engine.one("pulumi:index:Stash", "release").inputs, { input: release });
    });
});

describe("What guards a release", () => {
    beforeEach(async () => {
        await startEngine("production");
    });

    it("judges it by what the stack stands on", async () => {
        const asked: unknown[] = [];
        const judge = (from: unknown) => {
            asked.push(from);
            return nothing();
        };
        await allow(undefined, release, { acceptedClusterUid: "", anothersFlux: [], judge });
        await allow(release, release, { acceptedClusterUid: "", anothersFlux: [], judge });
        assert.deepEqual(asked, [undefined, release]);
    });

    it("refuses by rule, key and mend", async () => {
        const judge = () => Promise.resolve({ problems: [problem], notes: [] });
        await assert.rejects(
            allow(release, release, { acceptedClusterUid: "", anothersFlux: [], judge }),
            refusal("fluxcd:apps.tag", "soak: to wait"),
        );
    });

    it("refuses another cluster, naming both and the key that accepts it, before it judges", async () => {
        const judge = () => Promise.reject(new Error("asked"));
        await assert.rejects(
            allow(
                release,
                { ...release, cluster: "uid-of-another" },
                { acceptedClusterUid: "", anothersFlux: [], judge },
            ),
            refusal("fluxcd:context", "fluxcd:clusterUid uid-of-another"),
        );
    });

    it("moves to the cluster that config names", async () => {
        await allow(
            release,
            { ...release, cluster: "uid-of-another" },
            { acceptedClusterUid: "uid-of-another", anothersFlux: [], judge: nothing },
        );
    });

    describe("against another's Flux", () => {
        const anothers = { key: "fluxcd:existingFlux", expected: "helm-controller runs there", mend: "adopt" };
        const guards = { acceptedClusterUid: "uid-of-another", anothersFlux: [anothers], judge: nothing };

        it("refuses a stack that is new, or new in its cluster", async () => {
            const says = refusal("fluxcd:existingFlux", "helm-controller runs there");
            await assert.rejects(allow(undefined, release, guards), says);
            await assert.rejects(allow(release, { ...release, cluster: "uid-of-another" }, guards), says);
        });

        it("lets a stack go on that has begun there", () => allow(release, release, guards));
    });
});
