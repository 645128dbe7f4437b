import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readConfig } from "../../config";
import { type Config, parseConfig } from "../../config/parse";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

describe("The setting github:baseUrl", () => {
    const configOf = async (baseUrl: string) => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "github:baseUrl": baseUrl });
        return readConfig();
    };

    for (const [given, baseUrl] of [
        ["https://ghe.example.com", "https://ghe.example.com/"],
        ["https://ghe.example.com/api/v3/", "https://ghe.example.com/"],
        ["https://octocorp.ghe.com/", "https://api.octocorp.ghe.com/"],
        ["https://API.OCTOCORP.ghe.com", "https://api.octocorp.ghe.com/"],
        ["https://github.com/", "https://api.github.com/"],
    ] as const) {
        it(`is the address that the provider accepts if it is given as ${given}`, async () => {
            assert.equal((await configOf(given)).github.baseUrl, baseUrl);
        });
    }

    for (const wrong of ["ghe.example.com", "https://ada:secret@ghe.example.com/", "ssh://git@ghe.example.com/"]) {
        it(`is refused, and no password is shown, if it is ${wrong}`, async () => {
            await assert.rejects(configOf(wrong), (error: Error) => {
                assert.doesNotMatch(error.message, /secret/);
                return refusal("github:baseUrl", "expected the address of a GitHub without a user")(error);
            });
        });
    }

    it("is that of github.com if GITHUB_BASE_URL is empty", () => {
        useStackFile("Pulumi.dev.yaml");
        const values = pulumi.runtime.allConfig();
        const config = parseConfig({ stack: "dev", values, secrets: [], decrypted: false, githubBaseUrl: "" });
        assert.equal("github" in config && config.github.baseUrl, "https://api.github.com/");
    });

    it("may come from GITHUB_BASE_URL, which an error then names", async () => {
        await configOf("https://ghe.example.com/");
        const values = { "github:owner": "misua" };
        const settings = { stack: "dev", values, secrets: [], decrypted: false };
        const problems = parseConfig({ ...settings, githubBaseUrl: "ghe.example.com" }) as Exclude<
            ReturnType<typeof parseConfig>,
            Config
        >;
        const { value, fix } = problems.find(({ key }) => key === "GITHUB_BASE_URL") ?? {};
        assert.deepEqual([value, fix], ["ghe.example.com", "unset GITHUB_BASE_URL"]);
    });
});
