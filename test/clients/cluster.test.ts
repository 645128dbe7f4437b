import assert from "node:assert/strict";

import { Cluster } from "../../clients/cluster";
import { startWorld, type World } from "../support/world";

describe("A request to a cluster", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });
    afterEach(() => world.close());

    it("is sent again while the API server begins to serve a kind, which is status 429", async () => {
        world.answers.set("GET /version", 429);
        setTimeout(() => world.answers.set("GET /version", { gitVersion: "v1.33.0" }), 100);
        assert.equal(await new Cluster("dev").version(), "v1.33.0");
        assert.deepEqual(world.asked, ["GET /version", "GET /version"]);
    });

    it("is not sent again if the API server refuses it", async () => {
        world.answers.set("GET /version", 403);
        await assert.rejects(new Cluster("dev").version(), /status 403/);
        assert.deepEqual(world.asked, ["GET /version"]);
    });
});
