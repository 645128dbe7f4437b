import assert from "node:assert/strict";

import { rememberCluster } from "../../components/cluster";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";

describe("rememberCluster", () => {
    const before = { "pulumi:index:Stash": () => ({ output: "uid-of-last-time" }) };

    it("accepts the cluster of last time", async () => {
        await startEngine("dev", before);
        await rememberCluster("cluster", "uid-of-last-time", "");
    });

    it("refuses another one, naming both and the key that accepts it, and leaves no trace", async () => {
        const engine = await startEngine("dev", before);
        await assert.rejects(
            rememberCluster("cluster", "uid-of-another", ""),
            refusal("fluxcd:context", "fluxcd:clusterUid uid-of-another"),
        );
        assert.deepEqual(engine.one("pulumi:index:Stash", "cluster").options.ignoreChanges, ["input"]);
    });

    it("moves to the one that config names, and remembers that", async () => {
        const engine = await startEngine("dev", before);
        await rememberCluster("cluster", "uid-of-another", "uid-of-another");
        assert.deepEqual(engine.one("pulumi:index:Stash", "cluster").options.replaceOnChanges, ["input"]);
    });
});
