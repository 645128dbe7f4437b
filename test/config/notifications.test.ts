import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readConfig, readSecrets } from "../../config";
import { parseConfig } from "../../config/parse";
import { startEngine } from "../support/engine";
import { value } from "../support/program";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const address = "https://hooks.example.com/services/T0/B0/letmein";
const slack = { "fluxcd:notifications": { oncall: { type: "slack" } } };
const addresses = (oncall: string) => ({ "fluxcd:notificationAddresses": JSON.stringify({ oncall }) });

async function use(set: Record<string, unknown>, secrets: Record<string, string> = {}): Promise<void> {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", set, secrets);
}

describe("The notifications of a stack", () => {
    it("are empty by default", async () => {
        await use({});
        const config = readConfig();
        assert.equal(config.notifications, undefined);
        const { notifications } = readSecrets(config);
        assert.deepEqual(await value(notifications), { addresses: {}, commitStatusToken: "" });
    });

    it("have severity info by default, and keep their addresses outside the configuration", async () => {
        await use(slack, addresses(address));
        const config = readConfig();
        const receivers = { oncall: { type: "slack", severity: "info" } };
        assert.deepEqual(config.notifications, { receivers, commitStatus: "none" });
        assert.ok(!JSON.stringify(config).includes("letmein"));
        const { notifications } = readSecrets(config);
        assert.deepEqual((await value(notifications)).addresses, { oncall: address });
        assert.equal(await pulumi.isSecret(notifications), true);
    });

    it("can be commit statuses without a receiver, and keep the token outside the configuration", async () => {
        await use({ "fluxcd:commitStatus": "token" }, { "fluxcd:commitStatusToken": "letmein" });
        const config = readConfig();
        assert.deepEqual(config.notifications, { receivers: {}, commitStatus: "token" });
        assert.ok(!JSON.stringify(config).includes("letmein"));
        assert.equal((await value(readSecrets(config).notifications)).commitStatusToken, "letmein");
    });

    it("are refused with an address that is not an http or https URL, and the address is not shown", async () => {
        for (const wrong of [
            "hooks.example.com/letmein",
            "ftp://hooks.example.com/letmein",
            `${address}${"x".repeat(2048)}`,
        ]) {
            await use(slack, addresses(wrong));
            assert.throws(readConfig, (error: Error) => {
                assert.doesNotMatch(error.message, /letmein/);
                return refusal(
                    "fluxcd:notificationAddresses.oncall",
                    "expected the https or http URL of a webhook",
                )(error);
            });
        }
    });

    it("are refused with an address under another key, and the address is not shown", async () => {
        await use({ "fluxcd:notifications": { oncall: { type: "slack", address } } }, addresses(address));
        assert.throws(readConfig, (error: Error) => {
            assert.doesNotMatch(error.message, /letmein/);
            return refusal("fluxcd:notifications.oncall.address", "expected one of type, severity")(error);
        });
    });

    it("do not require addresses in a command that cannot decrypt the setting", async () => {
        await use(slack);
        const key = "fluxcd:notificationAddresses";
        const { [key]: _, ...values } = pulumi.runtime.allConfig() as Record<string, string>;
        const problems = (secrets: readonly string[]) => {
            const found = parseConfig({
                stack: "dev",
                values,
                githubBaseUrl: "https://api.github.com/",
                secrets,
                decrypted: false,
            });
            return "stack" in found ? [] : found.map((problem) => problem.key);
        };
        assert.deepEqual([problems([]), problems([key])], [[`${key}.oncall`], []]);
    });

    it("use the GitHub App of the identity for commit statuses with commitStatus githubApp", async () => {
        const identity = { kind: "githubApp", appId: 12, installationId: 34 };
        await use({ "fluxcd:identity": identity, "fluxcd:commitStatus": "githubApp" });
        assert.throws(readConfig, (error: Error) => {
            assert.doesNotMatch(error.message, /fluxcd:commitStatus/);
            return refusal("fluxcd:githubAppPrivateKey", "is missing")(error);
        });
    });
});
