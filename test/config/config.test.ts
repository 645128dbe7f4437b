import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import { identitySecret, readConfig } from "../../config";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const folder = "test/fixtures/invalid";

describe("Configuration", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    describe("of the committed stack files", () => {
        it("makes dev follow main and own the repositories", async () => {
            const config = await configOf("dev");
            assert.deepEqual(config.infrastructure.ref, { branch: "main" });
            assert.deepEqual(config.apps.ref, { branch: "main" });
            assert.equal(config.repositories.mode, "create");
        });

        for (const [stack, tag] of [
            ["staging", "staging-v1.0.0"],
            ["production", "prod-v1.0.0"],
        ] as const) {
            it(`pins ${stack} to ${tag} and leaves the repositories to dev`, async () => {
                const config = await configOf(stack);
                assert.deepEqual(config.infrastructure.ref, { tag });
                assert.deepEqual(config.apps.ref, { tag });
                assert.equal(config.repositories.mode, "lookup");
                assert.equal(config.environment, stack);
            });
        }

        it("differs between staging and production in the context, the tags and where they are promoted from alone", async () => {
            const neutral = (text: string) =>
                text.replaceAll(/staging-v|prod-v/g, "<tag>").replaceAll(/dev|staging|production/g, "<env>");
            const [staging, production] = [await configOf("staging"), await configOf("production")];
            assert.equal(neutral(JSON.stringify(staging)), neutral(JSON.stringify(production)));
        });

        it("applies the documented defaults", async () => {
            const { apps, infrastructure, github, repositories, flux } = await configOf("dev");
            assert.equal(apps.interval, "5m");
            assert.equal(infrastructure.interval, "10m");
            assert.equal(apps.sourceInterval, "1m");
            assert.equal(apps.deletionPolicy, "Orphan");
            assert.equal(apps.prune, true);
            assert.equal(github.writeDelayMs, 1000);
            assert.equal(github.parallelRequests, false);
            assert.equal(repositories.visibility, "private");
            assert.equal(
                flux.manifest,
                `https://github.com/fluxcd/flux2/releases/download/${flux.version}/install.yaml`,
            );
        });
    });

    it("lets a second stack of an environment share its overlays and tags", async () => {
        const config = await configOf("production", { "fluxcd:environment": "production" }, "production-eu");
        assert.equal(config.stack, "production-eu");
        assert.equal(config.environment, "production");
        assert.deepEqual(config.apps.ref, { tag: "prod-v1.0.0" });
    });

    it("keeps a pinned commit beside its tag", async () => {
        const commit = "a".repeat(40);
        const config = await configOf("production", { "fluxcd:apps": { tag: "prod-v1.0.0", commit } });
        assert.deepEqual(config.apps.ref, { tag: "prod-v1.0.0", commit });
    });

    it("never holds the token", async () => {
        assert.ok(!JSON.stringify(await configOf("dev")).includes("token-of-the-test"));
    });

    it("refuses a missing token by its name", async () => {
        process.env.GITHUB_TOKEN = "";
        await assert.rejects(configOf("dev"), refusal("GITHUB_TOKEN", "export GITHUB_TOKEN="));
    });

    it("reports every problem at once", async () => {
        const wrong = { "fluxcd:apps": { tag: "v1" }, "fluxcd:visibility": "secret", "fluxcd:nonsense": "1" };
        await assert.rejects(configOf("production", wrong), (error: Error) => {
            for (const key of ["fluxcd:apps.tag", "fluxcd:visibility", "fluxcd:nonsense"]) {
                assert.ok(error.message.includes(key), error.message);
            }
            return true;
        });
    });

    it("takes a setting that is a secret for text, whatever it looks like", async () => {
        const secrets = { "fluxcd:gitToken": "123456" };
        const { identity } = await configOf("dev", { "fluxcd:identity": "token" }, "dev", secrets);
        assert.deepEqual(identity, { kind: "token" });
        assert.equal(identitySecret({ identity }), "123456");
    });

    it("takes the private key of an App, and keeps it out of what it hands on", async () => {
        const secrets = { "fluxcd:githubAppPrivateKey": privateKey };
        const app = { appId: 12, installationOwner: "misua" };
        const config = await configOf("dev", { ...githubApp, "fluxcd:githubApp": app }, "dev", secrets);
        assert.deepEqual(config.identity, { kind: "githubApp", ...app });
        assert.equal(identitySecret(config), privateKey);
        assert.ok(!JSON.stringify(config).includes("PRIVATE KEY"));
    });

    it("refuses what is no private key of an App", async () => {
        const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
        for (const wrong of ["not a key", privateKey.slice(0, 200), ed25519]) {
            const secrets = { "fluxcd:githubAppPrivateKey": wrong };
            const wanted = refusal("fluxcd:githubAppPrivateKey", "is no RSA private key in PEM");
            await assert.rejects(configOf("dev", githubApp, "dev", secrets), wanted);
        }
    });

    it("never shows the value of a secret that it refuses", async () => {
        for (const [key, value] of [
            ["fluxcd:gitTokken", "ghp_secret"],
            ["fluxcd:gitToken", "ghp_secret"],
            ["fluxcd:githubApp", '{"appId":"ghp_secret"}'],
            ["fluxcd:soak", "ghp_secret"],
        ] as const) {
            await assert.rejects(configOf("dev", {}, "dev", { [key]: value }), (error: Error) => {
                assert.ok(error.message.includes(key), error.message);
                assert.ok(!error.message.includes("ghp_secret"), error.message);
                return true;
            });
        }
    });

    it("never shows a password in a URL that it refuses", async () => {
        const url = "https://me:the-password@github.com/misua/more";
        await assert.rejects(
            configOf("dev", { "fluxcd:sources": { more: { url, branch: "main" } } }),
            (error: Error) => {
                assert.ok(error.message.includes("fluxcd:sources.more.url"), error.message);
                assert.ok(!error.message.includes("the-password"), error.message);
                return true;
            },
        );
    });

    describe("that is not valid", () => {
        for (const file of readdirSync(folder)) {
            const text = readFileSync(`${folder}/${file}`, "utf8");
            const [stack, key, says] = ["stack", "key", "says"].map(
                (name) => new RegExp(`^# ${name}: (.+)$`, "m").exec(text)?.[1] ?? "",
            );

            it(`is refused by key, expectation and fix: ${file}`, async () => {
                await startEngine(stack);
                useStackFile(`${folder}/${file}`);
                assert.throws(readConfig, refusal(key ?? "", says ?? ""));
            });
        }
    });
});

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ format: "pem", type: "pkcs1" })
    .toString();
const githubApp = { "fluxcd:identity": "githubApp", "fluxcd:githubApp": { appId: 12, installationId: 34 } };

async function configOf(
    file: string,
    overrides: Record<string, unknown> = {},
    stack = file,
    secrets: Readonly<Record<string, string>> = {},
) {
    await startEngine(stack);
    useStackFile(`Pulumi.${file}.yaml`, overrides, secrets);
    return readConfig();
}
