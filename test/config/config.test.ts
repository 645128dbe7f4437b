import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

import { type Config, readConfig } from "../../config";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const folder = "test/fixtures/invalid";

describe("The configuration", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    describe("of the committed stack files", () => {
        it("makes dev follow main and manage the repositories", async () => {
            const config = await configOf("dev");
            assert.deepEqual(refs(config), { infrastructure: { branch: "main" }, apps: { branch: "main" } });
            assert.equal(config.repositories.mode, "manage");
        });

        for (const [stack, tag] of [
            ["staging", "staging-v1.0.0"],
            ["production", "prod-v1.0.0"],
        ] as const) {
            it(`pins ${stack} to ${tag} and only looks up the repositories`, async () => {
                const config = await configOf(stack);
                assert.deepEqual(refs(config), { infrastructure: { tag }, apps: { tag } });
                assert.equal(config.repositories.mode, "lookup");
                assert.equal(config.environment, stack);
            });
        }

        it("differs between staging and production only in the context, the tags and the upstream stack", async () => {
            const neutral = (text: string) =>
                text.replaceAll(/staging-v|prod-v/g, "<tag>").replaceAll(/dev|staging|production/g, "<env>");
            const [staging, production] = [await configOf("staging"), await configOf("production")];
            assert.equal(neutral(JSON.stringify(staging)), neutral(JSON.stringify(production)));
        });

        it("has the documented defaults", async () => {
            const { sources, kustomizations, github, repositories, flux } = await configOf("dev");
            assert.equal(kustomizations.apps?.interval, "5m");
            assert.equal(kustomizations.infrastructure?.interval, "10m");
            assert.equal(sources.apps?.interval, "1m");
            assert.equal(kustomizations.apps.deletionPolicy, "Orphan");
            assert.equal(kustomizations.apps.prune, true);
            assert.equal(github.writeDelayMs, 1000);
            assert.equal(github.parallelRequests, false);
            assert.equal(repositories.visibility, "private");
            assert.equal(
                flux.manifest,
                `https://github.com/fluxcd/flux2/releases/download/${flux.version}/install.yaml`,
            );
        });
    });

    it("allows a second stack of an environment with the same overlays and tags", async () => {
        const config = await configOf("production", { "fluxcd:environment": "production" }, "production-eu");
        assert.equal(config.stack, "production-eu");
        assert.equal(config.environment, "production");
        assert.deepEqual(config.sources.apps?.ref, { tag: "prod-v1.0.0" });
        assert.equal(config.kustomizations.apps?.path, "./apps/overlays/production");
    });

    it("keeps a pinned commit next to its tag", async () => {
        const commit = "a".repeat(40);
        const [infrastructure, apps] = [{ tag: "prod-v1.0.0" }, { tag: "prod-v1.0.0", commit }];
        const config = await configOf("production", { "fluxcd:sources": { infrastructure, apps } });
        assert.deepEqual(refs(config), { infrastructure, apps });
    });

    for (const [keep, keepNamespace, keepDefinitions] of [
        [undefined, false, false],
        [[], false, false],
        [["namespace"], true, false],
        [["definitions"], false, true],
        [["definitions", "namespace"], true, true],
    ] as const) {
        it(`makes an uninstall keep ${keep ? JSON.stringify(keep) : "nothing by default"}`, async () => {
            const { uninstall } = await configOf("dev", { "fluxcd:uninstall": { keep } });
            assert.deepEqual(uninstall, { keepNamespace, keepDefinitions, uninstallSeconds: 300 });
        });
    }

    it("does not contain the token", async () => {
        assert.ok(!JSON.stringify(await configOf("dev")).includes("token-of-the-test"));
    });

    it("is refused if GITHUB_TOKEN is missing, and names the variable", async () => {
        process.env.GITHUB_TOKEN = "";
        await assert.rejects(configOf("dev"), refusal("GITHUB_TOKEN", "export GITHUB_TOKEN="));
    });

    describe("with several problems", () => {
        const keysOf = async (set: Record<string, unknown>) => {
            const error: unknown = await configOf("production", set).catch((it: unknown) => it);
            assert.ok(error instanceof Error);
            return [...error.message.matchAll(/^ {2}((?:fluxcd|github):\S+|GITHUB_TOKEN)/gm)].map(([, key]) => key);
        };

        it("reports every value with a wrong form, including the refs", async () => {
            process.env.GITHUB_TOKEN = "";
            const sources = { infrastructure: { tag: "prod-v1.0.0", branch: "main" }, apps: { tag: "v1" } };
            const wrong = {
                "fluxcd:sources": sources,
                "fluxcd:visibility": "secret",
                "fluxcd:identity": { kind: "deployKey", generation: 0 },
                "fluxcd:nonsense": "1",
                "github:maxRetries": -1,
            };
            assert.deepEqual((await keysOf(wrong)).sort(), [
                "GITHUB_TOKEN",
                "fluxcd:identity.generation",
                "fluxcd:nonsense",
                "fluxcd:sources.apps.tag",
                "fluxcd:sources.infrastructure",
                "fluxcd:visibility",
                "github:maxRetries",
            ]);
        });

        it("reports every conflict between values", async () => {
            const wrong = {
                "fluxcd:sources": {
                    infrastructure: { tag: "prod-v1.0.0" },
                    apps: { tag: "v1", shard: "none" },
                    platform: { repository: "platform", url: "https://github.com/misua/platform", branch: "main" },
                },
                "fluxcd:kustomizations": {
                    apps: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
                    platform: { source: "nothing", dependsOn: ["nobody", "platform"], decryption: "age" },
                },
                "fluxcd:promotion": { from: "production", soak: "1h" },
                "fluxcd:webhook": { url: "https://flux.example.com" },
                "fluxcd:flux": { components: ["source-controller", "kustomize-controller"] },
                "fluxcd:notifications": { oncall: { type: "slack" } },
                "fluxcd:identity": { kind: "token" },
                "fluxcd:commitStatus": "token",
            };
            assert.deepEqual((await keysOf(wrong)).sort(), [
                "fluxcd:commitStatusToken",
                "fluxcd:flux.components",
                "fluxcd:gitToken",
                "fluxcd:kustomizations.apps.rules",
                "fluxcd:kustomizations.platform.dependsOn",
                "fluxcd:kustomizations.platform.dependsOn[0]",
                "fluxcd:kustomizations.platform.path",
                "fluxcd:kustomizations.platform.source",
                "fluxcd:notificationAddresses.oncall",
                "fluxcd:promotion.from",
                "fluxcd:sopsAgeKey",
                "fluxcd:sources.apps.shard",
                "fluxcd:sources.apps.tag",
                "fluxcd:sources.platform",
                "fluxcd:sources.platform.branch",
                "fluxcd:webhook.url",
            ]);
        });
    });

    it("is refused without showing the value of a secret", async () => {
        for (const [key, value] of [
            ["fluxcd:gitTokken", "ghp_secret"],
            ["fluxcd:gitToken", "ghp_secret"],
            ["fluxcd:identity", '{"kind":"githubApp","appId":"ghp_secret"}'],
            ["fluxcd:promotion", '{"soak":"ghp_secret"}'],
        ] as const) {
            await assert.rejects(configOf("dev", {}, "dev", { [key]: value }), (error: Error) => {
                assert.ok(error.message.includes(key), error.message);
                assert.ok(!error.message.includes("ghp_secret"), error.message);
                return true;
            });
        }
    });

    it("is refused without showing a password in a URL", async () => {
        const url = "https://me:the-password@github.com/misua/more";
        const own = { infrastructure: { branch: "main" }, apps: { branch: "main" } };
        await assert.rejects(
            configOf("dev", { "fluxcd:sources": { ...own, more: { url, branch: "main" } } }),
            (error: Error) => {
                assert.ok(error.message.includes("fluxcd:sources.more.url"), error.message);
                assert.ok(!error.message.includes("the-password"), error.message);
                return true;
            },
        );
    });

    describe("in an invalid stack file", () => {
        for (const file of readdirSync(folder)) {
            const text = readFileSync(`${folder}/${file}`, "utf8");
            const [stack, key, says] = ["stack", "key", "says"].map(
                (name) => new RegExp(`^# ${name}: (.+)$`, "m").exec(text)?.[1] ?? "",
            );

            it(`is refused with the key, the expectation and the fix: ${file}`, async () => {
                await startEngine(stack);
                useStackFile(`${folder}/${file}`);
                assert.throws(readConfig, refusal(key ?? "", says ?? ""));
            });
        }
    });
});

function refs({ sources }: Config): Record<string, unknown> {
    return Object.fromEntries(Object.values(sources).map(({ name, ref }) => [name, ref]));
}

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
