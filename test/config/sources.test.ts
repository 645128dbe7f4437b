import assert from "node:assert/strict";

import { ownRepositories, readConfig } from "../../config";
import { promotedSources } from "../../config/sources";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const podinfo = { url: "https://github.com/stefanprodan/podinfo" };
const own = (ref: object) => ({ infrastructure: ref, apps: ref });

async function configOf(stack: string, overrides: Record<string, unknown>) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine(stack);
    useStackFile(`Pulumi.${stack}.yaml`, overrides);
    return readConfig();
}

/** The sources of dev, whose own follow main unless these say otherwise. */
const sourcesOf = async (sources: object, more: object = {}) => {
    const all = { ...own({ branch: "main" }), ...sources };
    return (await configOf("dev", { "fluxcd:sources": all, ...more })).sources;
};

describe("A source", () => {
    for (const ref of [
        { branch: "release/1.x" },
        { tag: "v1.0.0+build" },
        { semver: ">=6.0.0 <7.0.0" },
        { semver: ">= 1.2, < 3.0.0 || 5.x" },
        { commit: "a".repeat(40) },
    ]) {
        it(`accepts the ref ${JSON.stringify(ref)}`, async () => {
            const { podinfo: source } = await sourcesOf({ podinfo: { ...podinfo, ...ref } });
            assert.deepEqual(source, {
                ...{ name: "podinfo", ...podinfo, ref, promoted: false, interval: "1m", timeout: "60s" },
                ...{ repository: undefined, exemption: undefined },
                ...{ verify: undefined, shard: undefined, suspend: undefined },
            });
        });
    }

    it("is suspended with the stack", async () => {
        const { podinfo: source } = await sourcesOf({ podinfo: { ...podinfo, tag: "1" } }, { "fluxcd:suspend": true });
        assert.equal(source?.suspend, true);
    });

    it("is refused if its name is a property of every JavaScript object", async () => {
        const wanted = refusal("fluxcd:sources.constructor", "apps-image-updates and constructor");
        await assert.rejects(sourcesOf({ constructor: { ...podinfo, tag: "1" } }), wanted);
    });

    it("is refused with rollback, hotfix or reason if it is not promoted", async () => {
        for (const [field, value] of [
            ["rollback", true],
            ["hotfix", true],
            ["reason", "because"],
        ] as const) {
            const wanted = refusal(
                `fluxcd:sources.podinfo.${field}`,
                "is for promoted sources only, and this source is not promoted",
            );
            await assert.rejects(sourcesOf({ podinfo: { ...podinfo, tag: "1", [field]: value } }), wanted);
        }
    });

    it("is refused together with every other invalid source, even if one value has a wrong type", async () => {
        const wrong = { "fluxcd:sources": { infrastructure: { tag: 1.2 }, apps: { tag: "v1" } } };
        for (const key of ["fluxcd:sources.infrastructure.tag", "fluxcd:sources.apps.tag"]) {
            await assert.rejects(configOf("production", wrong), refusal(key, ""));
        }
    });

    it("can read the same repository as another source", async () => {
        const { apps, next } = await sourcesOf({ next: { repository: "fluxcd-apps", branch: "next" } });
        assert.deepEqual([apps?.repository, apps?.ref], ["fluxcd-apps", { branch: "main" }]);
        assert.deepEqual([next?.repository, next?.ref, next?.promoted], ["fluxcd-apps", { branch: "next" }, false]);
    });
});

describe("The sources infrastructure and apps", () => {
    it("are promoted, and each has its own repository", async () => {
        const { sources } = await configOf("staging", {});
        assert.deepEqual(
            Object.values(sources).map(({ name, repository, promoted, ref }) => [name, repository, promoted, ref]),
            [
                ["infrastructure", "fluxcd-infrastructure", true, { tag: "staging-v1.0.0" }],
                ["apps", "fluxcd-apps", true, { tag: "staging-v1.0.0" }],
            ],
        );
    });

    it("keep every default that the stack file does not change", async () => {
        const before = await sourcesOf({});
        const { infrastructure, apps } = await sourcesOf({ apps: { branch: "main", repository: "all-apps" } });
        assert.deepEqual(apps, { ...before.apps, repository: "all-apps" });
        assert.deepEqual(infrastructure, before.infrastructure);
        const { apps: other } = await sourcesOf({
            apps: { branch: "next", interval: "5m", timeout: "3m", suspend: false },
        });
        const changed = { ref: { branch: "next" }, interval: "5m", timeout: "3m", suspend: false };
        assert.deepEqual(other, { ...before.apps, ...changed });
    });

    it("have repositories with the names in the stack file", async () => {
        const sources = { ...own({ branch: "main" }), apps: { branch: "main", repository: "all-apps" } };
        const made = ownRepositories(await configOf("dev", { "fluxcd:sources": sources }));
        assert.deepEqual(
            Object.entries(made).map(([name, { repository, scaffold }]) => [name, repository, scaffold]),
            [
                ["infrastructure", "fluxcd-infrastructure", "scaffold/fluxcd-infrastructure"],
                ["apps", "all-apps", "scaffold/fluxcd-apps"],
            ],
        );
    });
});

describe("A third promoted source", () => {
    const tag = "prod-v1.0.0";
    const platform = { promoted: true, repository: "platform", tag };
    const withPlatform = (more: object = {}, kustomizations: object = {}, promotion: object = {}) =>
        configOf("production", {
            "fluxcd:sources": { ...own({ tag }), platform: { ...platform, ...more } },
            "fluxcd:kustomizations": { platform: { source: "platform", path: "./deploy", ...kustomizations } },
            "fluxcd:promotion": { from: "staging", ...promotion },
        });

    it("accepts a release tag of the environment with a commit and an exemption", async () => {
        const commit = "a".repeat(40);
        const { sources } = await withPlatform({ commit, hotfix: true, reason: "CVE-2026-1234" });
        assert.deepEqual(sources.platform, {
            ...{ name: "platform", repository: "platform", url: undefined, ref: { tag, commit }, promoted: true },
            ...{ exemption: { kind: "hotfix", reason: "CVE-2026-1234" }, interval: "1m", timeout: "60s" },
            ...{ verify: undefined, shard: undefined, suspend: undefined },
        });
    });

    for (const [what, more, key, says] of [
        [
            "with a URL instead of a repository",
            { repository: undefined, url: podinfo.url },
            "",
            "expected repository, not url",
        ],
        [
            "if it follows a range of versions",
            { tag: undefined, semver: ">=1.0.0" },
            ".semver",
            "expected a branch or a tag",
        ],
        [
            "if its tag is not a release tag of the environment",
            { tag: "v1.0.0" },
            ".tag",
            "expected prod-vX.Y.Z, a release tag of environment production",
        ],
        [
            "if it has a commit without a tag",
            { tag: undefined, commit: "a".repeat(40) },
            "",
            "expected one of branch and tag",
        ],
        [
            "if it follows a branch in a stack with promotion rules",
            { tag: undefined, branch: "main" },
            ".branch",
            "bypasses every rule",
        ],
    ] as const) {
        it(`is refused ${what}`, async () => {
            await assert.rejects(withPlatform(more), refusal(`fluxcd:sources.platform${key}`, says));
        });
    }

    it("accepts any tag if promoted is false", async () => {
        const { sources } = await withPlatform({ promoted: false, tag: "v1.0.0" });
        assert.deepEqual([sources.platform?.promoted, sources.platform?.ref], [false, { tag: "v1.0.0" }]);
    });

    for (const [title, kustomizations] of [
        ["its Kustomization depends on apps", { dependsOn: ["apps"] }],
        ["its Kustomization depends on nothing", { dependsOn: [] }],
        ["it has no Kustomization", { source: "infrastructure" }],
    ] as const) {
        it(`comes after infrastructure and apps if ${title}`, async () => {
            const found = promotedSources(await withPlatform({}, kustomizations));
            assert.deepEqual(
                found.map(({ name }) => name),
                ["infrastructure", "apps", "platform"],
            );
        });
    }

    it("comes before a source that depends on it", async () => {
        const config = await configOf("production", {
            "fluxcd:sources": { ...own({ tag }), platform, podinfo: { ...podinfo, tag: "6.11.0" } },
            "fluxcd:kustomizations": {
                platform: { source: "platform", path: "./deploy" },
                infrastructure: { dependsOn: ["platform"] },
            },
        });
        assert.deepEqual(
            promotedSources(config).map(({ name }) => name),
            ["platform", "infrastructure", "apps"],
        );
    });

    describe("with lockstep", () => {
        const lockstep = { lockstep: true };
        const ahead = { tag: "prod-v1.0.1" };
        const says = `is ahead of apps, which is pinned to ${tag}, and fluxcd:promotion.lockstep is on`;

        it("is refused ahead of a source that it depends on, and the error names the command for that source", async () => {
            const found = withPlatform(ahead, { dependsOn: ["apps"] }, lockstep);
            await assert.rejects(found, refusal("fluxcd:sources.platform.tag", says));
            const fix = "pulumi config set --stack production --path 'fluxcd:sources.apps.tag' prod-v1.0.1";
            await assert.rejects(found, refusal("fluxcd:sources.platform.tag", `fix: ${fix}\n`));
        });

        for (const [title, more, kustomizations, promotion] of [
            ["at the same version", {}, { dependsOn: ["apps"] }, lockstep],
            ["behind the source that it depends on", { tag: "prod-v0.9.9" }, { dependsOn: ["apps"] }, lockstep],
            ["ahead of a source that it does not depend on", ahead, { dependsOn: [] }, lockstep],
            ["ahead of the source that it depends on after lockstep is turned off", ahead, { dependsOn: ["apps"] }, {}],
            [
                "ahead of the source that it depends on if it is not promoted",
                { ...ahead, promoted: false },
                { dependsOn: ["apps"] },
                lockstep,
            ],
        ] as const) {
            it(`is accepted ${title}`, async () => {
                await assert.doesNotReject(withPlatform(more, kustomizations, promotion));
            });
        }

        it("causes the refusal of a dependent source that is ahead of it", async () => {
            const found = configOf("production", {
                "fluxcd:sources": { ...own(ahead), platform },
                "fluxcd:kustomizations": {
                    platform: { source: "platform", path: "./deploy" },
                    apps: { dependsOn: ["infrastructure", "platform"] },
                },
                "fluxcd:promotion": { from: "staging", ...lockstep },
            });
            const behind = `is ahead of platform, which is pinned to ${tag}`;
            await assert.rejects(found, refusal("fluxcd:sources.apps.tag", behind));
        });
    });
});
