import assert from "node:assert/strict";

import { besideStack, fullName, prefixOf, shortName } from "../../domain/stackName";

describe("The name of a stack", () => {
    for (const [name, prefix, short, full] of [
        ["production", "", "production", "own/fluxcd/production"],
        ["acme/production", "acme/", "production", "acme/fluxcd/production"],
        ["acme/fluxcd/production", "acme/fluxcd/", "production", "acme/fluxcd/production"],
        ["organization/fluxcd/dev", "organization/fluxcd/", "dev", "organization/fluxcd/dev"],
        ["acme/eu.prod-1_a", "acme/", "eu.prod-1_a", "acme/fluxcd/eu.prod-1_a"],
        ["prod.v2", "", "prod.v2", "own/fluxcd/prod.v2"],
        ["acme/other/staging", "acme/other/", "staging", "acme/other/staging"],
    ] as const) {
        it(`has an organization and a project, or the default ones: ${name}`, () => {
            assert.deepEqual([prefixOf(name), shortName(name)], [prefix, short]);
            assert.equal(fullName(name, "own", "fluxcd"), full);
        });
    }

    for (const [named, other, found] of [
        ["production", "staging", "staging"],
        ["production", "acme/staging", "acme/staging"],
        ["acme/production", "staging", "acme/staging"],
        ["acme/fluxcd/production", "staging", "acme/fluxcd/staging"],
        ["acme/fluxcd/production", "acme/staging", "acme/staging"],
        ["acme/production", "beta/fluxcd/staging", "beta/fluxcd/staging"],
        ["organization/fluxcd/production", "staging", "organization/fluxcd/staging"],
    ] as const) {
        it(`leads from ${named} to ${other}`, () => {
            assert.equal(besideStack(named, other), found);
        });
    }
});
