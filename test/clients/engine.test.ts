import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { lastOutputs } from "../../clients/engine";
import { readConfig } from "../../config";
import { useStackFile } from "../support/stack";

describe("The upstream stack of a program", () => {
    const asked: unknown[] = [];

    const startIn = async (organization: string) => {
        asked.length = 0;
        const call = ({ inputs }: pulumi.runtime.MockCallArgs) => {
            asked.push((inputs as { name: unknown }).name);
            return { outputs: {} };
        };
        const newResource = () => ({ id: "", state: {} });
        await pulumi.runtime.setMocks({ call, newResource }, "fluxcd", "production", false, organization);
    };

    for (const [organization, from, name] of [
        ["organization", "staging", "organization/fluxcd/staging"],
        ["acme", "staging", "acme/fluxcd/staging"],
        ["acme", "acme/staging", "acme/fluxcd/staging"],
        ["acme", "beta/staging", "beta/fluxcd/staging"],
        ["acme", "acme/fluxcd/staging", "acme/fluxcd/staging"],
        ["acme", "acme/other/staging", "acme/other/staging"],
        ["acme", "eu.staging-1", "acme/fluxcd/eu.staging-1"],
    ] as const) {
        it(`is ${name} for ${from} in ${organization}`, async () => {
            await startIn(organization);
            await lastOutputs(from);
            assert.deepEqual(asked, [name]);
        });
    }

    it("is in the organization that commands in errors name", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startIn("acme");
        useStackFile("Pulumi.production.yaml", { "fluxcd:promotion": { soak: "long" } });
        assert.throws(readConfig, /pulumi config set --stack acme\/production --path 'fluxcd:promotion\.soak'/);
        await startIn("organization");
        useStackFile("Pulumi.production.yaml", { "fluxcd:promotion": { soak: "long" } });
        assert.throws(readConfig, /pulumi config set --stack production --path 'fluxcd:promotion\.soak'/);
    });
});
