import assert from "node:assert/strict";

import { look } from "../support/repositories";
import { startWorld, type World } from "../support/world";

describe("The reviews that a pull request needs", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    const reviews = async (protection: object = {}) => {
        const { plans } = await look({ "fluxcd:protection": protection });
        return plans.apps?.branchRules?.requiredReviews;
    };

    for (const [owner, protection, expected] of [
        ["a user", {}, 0],
        ["a user", { requireLinearHistory: false, enforceAdmins: true }, 0],
        ["a user", { requiredReviews: 1 }, 1],
        ["an organization", {}, 1],
        ["an organization", { requireLinearHistory: false }, 1],
        ["an organization", { requiredReviews: 0 }, 0],
        ["an organization", { requiredReviews: 2 }, 2],
    ] as const) {
        it(`are ${expected} for ${owner} with ${JSON.stringify(protection)}`, async () => {
            if (owner === "an organization") {
                world.answers.set("GET /api/v3/orgs/misua", { login: "misua" });
            }
            assert.equal(await reviews(protection), expected);
        });
    }
});
