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
        ["one identity", one],
        ["several identities, for a rotation", `${one}\n${other}`],
        ["the output of age-keygen", `# created: 2026-11-23T12:00:00Z\n# public key: age1qqq\n${one}\n`],
    ] as const) {
        it(`are accepted as a secret outside the parsed configuration: ${what}`, async () => {
            await useKey(key);
            const config = readConfig();
            assert.ok(!JSON.stringify(config).includes("AGE-SECRET-KEY"));
            const { ageKeys } = readSecrets(config);
            assert.equal(await value(ageKeys), key);
            assert.equal(await pulumi.isSecret(ageKeys), true);
        });
    }

    for (const [what, key] of [
        ["two identities on one line", `${one} ${other}`],
        ["a mistyped identity", one.replace("AGE-SECRET-KEY", "AGE-SECRTE-KEY")],
        ["an identity that is cut short", one.slice(0, -1)],
        ["the public key instead of the identity", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"],
        ["a comment without an identity", "# public key: age1qqqqqq"],
    ] as const) {
        it(`are refused without being shown: ${what}`, async () => {
            await useKey(key);
            assert.throws(readConfig, (error: Error) => {
                assert.doesNotMatch(error.message, /QQQQ|qqqq/);
                return refusal("fluxcd:sopsAgeKey", "expected the age identities that age-keygen prints")(error);
            });
        });
    }

    it("are not checked by a command that cannot decrypt the setting", async () => {
        await useKey("");
        const key = "fluxcd:sopsAgeKey";
        const values = pulumi.runtime.allConfig();
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
        assert.deepEqual([problems([]), problems([key])], [[key], []]);
    });
});
