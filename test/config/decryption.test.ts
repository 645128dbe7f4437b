import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readConfig, readSecrets } from "../../config";
import { parseConfig } from "../../config/parse";
import { startEngine } from "../support/engine";
import { value } from "../support/program";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const identity = (letter: string) => `AGE-SECRET-KEY-1${letter.repeat(58)}`;
const [one, other] = [identity("Q"), identity("X")];
const apps = { decryption: "age" };

async function useKey(key: string): Promise<void> {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", { "fluxcd:kustomizations": { apps } }, { "fluxcd:sopsAgeKey": key });
}

describe("The age identities of a stack", () => {
    for (const [what, key] of [
        ["one", one],
        ["several, for a rotation", `${one}\n${other}`],
        ["what age-keygen prints", `# created: 2026-11-23T12:00:00Z\n# public key: age1qqq\n${one}\n`],
    ] as const) {
        it(`are taken, and are no part of the parsed configuration: ${what}`, async () => {
            await useKey(key);
            const config = readConfig();
            assert.ok(!JSON.stringify(config).includes("AGE-SECRET-KEY"));
            const { ageKeys } = readSecrets(config);
            assert.equal(await value(ageKeys), key);
            assert.equal(await pulumi.isSecret(ageKeys), true);
        });
    }

    for (const [what, key] of [
        ["two on a line", `${one} ${other}`],
        ["mistyped", one.replace("AGE-SECRET-KEY", "AGE-SECRTE-KEY")],
        ["cut short", one.slice(0, -1)],
        ["the public key", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"],
        ["a comment alone", "# public key: age1qqqqqq"],
    ] as const) {
        it(`are refused without being repeated: ${what}`, async () => {
            await useKey(key);
            assert.throws(readConfig, (error: Error) => {
                assert.doesNotMatch(error.message, /QQQQ|qqqq/);
                return refusal("fluxcd:sopsAgeKey", "expected age identities as age-keygen prints them")(error);
            });
        });
    }

    it("are not looked at where they are not known, as by the commands, which see no secrets", async () => {
        await useKey("");
        const key = "fluxcd:sopsAgeKey";
        const values = pulumi.runtime.allConfig();
        const problems = (secrets: readonly string[]) => {
            const found = parseConfig({ stack: "dev", values, githubBaseUrl: "", secrets, decrypted: false });
            return "stack" in found ? [] : found.map((problem) => problem.key);
        };
        assert.deepEqual([problems([]), problems([key])], [[key], []]);
    });
});
