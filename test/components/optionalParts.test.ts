import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import type { ManifestObject } from "../../domain/objects";
import { outputsSchema } from "../../domain/outputs";
import { type Engine, startEngine } from "../support/engine";
import { startFluxWorld } from "../support/fluxObjects";
import { asked } from "../support/installed";
import { runProgram } from "../support/program";
import { madeRepository, stateWith } from "../support/state";
import { scratchFolder } from "../support/scratch";
import { useStackFile } from "../support/stack";
import type { World } from "../support/world";

/** The component of each optional part, with the settings that ask for it. */
const parts: Readonly<Record<string, { set: Record<string, unknown>; secrets?: Record<string, string> }>> = {
    "fluxcd:github:Webhook": { set: { "fluxcd:webhook": { url: "https://flux.dev.example.com" } } },
    "fluxcd:flux:Notifications": {
        set: { "fluxcd:notifications": { oncall: { type: "slack" } } },
        secrets: { "fluxcd:notificationAddresses": JSON.stringify({ oncall: "https://hooks.example.com/T0" }) },
    },
    "fluxcd:flux:ImageAutomation": {
        set: {
            "fluxcd:imageAutomation": { policies: { podinfo: { image: "ghcr.io/o/podinfo", semver: "6.x" } } },
            "fluxcd:protection": { enforceAdmins: true },
        },
    },
};

/** What belongs to an optional part alone. */
const only =
    /RepositoryWebhook|notification\.toolkit|image\.toolkit|^fluxcd:(flux:(Alert|Notifications|ImageAutomation)|github:Webhook)$/;

const components = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
];

describe("Stack dev", () => {
    let world: World;
    let engine: Engine;

    beforeEach(async () => {
        world = await startFluxWorld();
        const made = ["fluxcd-infrastructure", "fluxcd-apps"].flatMap(madeRepository);
        engine = await startEngine("dev", {}, { calls: stateWith(made) });
        for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
            world.answers.set(`GET /api/v3/repos/misua/${repository}/hooks?per_page=1`, []);
        }
        world.answers.set(asked.deployments, { items: release().filter(({ kind }) => kind === "Deployment") });
    });
    afterEach(() => world.close());

    const run = async (set: Record<string, unknown> = {}, secrets: Record<string, string> = {}) => {
        const manifest = join(scratchFolder(), "install.yaml");
        writeFileSync(
            manifest,
            release()
                .map((object) => `---\n${stringify(object)}`)
                .join(""),
        );
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest, components }, ...set }, secrets);
        return outputsSchema.parse(await runProgram());
    };
    const optional = () => engine.registered.map(({ type }) => type).filter((type) => only.test(type));
    const namesOf = (type: string) => engine.ofType(type).map(({ name }) => name);
    const check = () => engine.one("pulumi-nodejs:dynamic/flux:UninstallStep", "uninstall-check");

    it("registers no optional part if the settings are left out", async () => {
        await run();
        assert.deepEqual(optional(), []);
    });

    it("registers no optional part if the settings are empty", async () => {
        await run({
            "fluxcd:webhook": {},
            "fluxcd:notifications": {},
            "fluxcd:notificationAddresses": {},
            "fluxcd:commitStatus": "none",
            "fluxcd:imageAutomation": {},
        });
        assert.deepEqual(optional(), []);
    });

    for (const [type, { set, secrets }] of Object.entries(parts)) {
        it(`registers ${type} if its settings ask for it, and no other optional part`, async () => {
            await run(set, secrets);
            assert.equal(engine.ofType(type).length, 1);
            const others = Object.keys(parts).filter((other) => other !== type);
            assert.deepEqual(others.flatMap(namesOf), []);
            // The first step of a destroy comes after it.
            const after = check().options.dependsOn as string[];
            const [component] = namesOf(type);
            const belongs = (parent: string | undefined): boolean =>
                parent === component || (parent !== undefined && belongs(parentOf(parent)));
            const inCluster = engine.registered.filter((it) => it.type.includes(".toolkit.fluxcd.io"));
            const objects = inCluster.filter(({ parent }) => belongs(parent)).map(({ name }) => name);
            assert.ok(objects.length > 0);
            assert.deepEqual(
                objects.filter((name) => !after.includes(name)),
                [],
            );
        });
    }
    const parentOf = (name: string) => engine.registered.find((it) => it.name === name)?.parent;

    it("registers Notifications for commit statuses without receivers", async () => {
        await run({ "fluxcd:commitStatus": "token" }, { "fluxcd:commitStatusToken": "ghp_AAAA" });
        assert.deepEqual(namesOf("fluxcd:flux:Alert").sort(), ["commit-status-apps", "commit-status-infrastructure"]);
    });

    const both = ["infrastructure", "apps"];
    const builtIn = ["infrastructure", "infrastructure-configs", "apps"];

    it("registers two sources and three Kustomizations if its file adds no others", async () => {
        const { sources, kustomizations, evidence } = await run();
        assert.deepEqual([sources, kustomizations, evidence].map(Object.keys), [both, builtIn, both]);
        assert.deepEqual(namesOf("fluxcd:flux:Source"), both);
        assert.deepEqual(namesOf("fluxcd:flux:Kustomization"), builtIn);
        assert.deepEqual(check().inputs.kustomizations, builtIn);
        const after = engine.one("fluxcd:flux:Kustomization", "apps").options.dependsOn as string[];
        assert.ok(after.includes("infrastructure-configs-kustomization"), after.join(", "));
    });

    it("registers no Kustomization infrastructure-configs if its file leaves it out", async () => {
        const leftOut = { "infrastructure-configs": { enabled: false } };
        const { kustomizations, evidence } = await run({ "fluxcd:kustomizations": leftOut });
        assert.deepEqual([kustomizations, evidence].map(Object.keys), [both, both]);
        assert.deepEqual(namesOf("fluxcd:flux:Kustomization"), both);
        assert.deepEqual(check().inputs.kustomizations, both);
        const after = engine.one("fluxcd:flux:Kustomization", "apps").options.dependsOn as string[];
        assert.ok(after.includes("infrastructure-kustomization"), after.join(", "));
        assert.ok(!after.includes("infrastructure-configs-kustomization"), after.join(", "));
    });

    it("registers added sources and Kustomizations, and lists all Kustomizations in the uninstall check", async () => {
        const all = await run({
            "fluxcd:sources": {
                infrastructure: { branch: "main" },
                apps: { branch: "main" },
                podinfo: { url: "https://github.com/stefanprodan/podinfo", semver: ">=6.0.0" },
            },
            "fluxcd:kustomizations": {
                web: { source: "podinfo", path: "./kustomize" },
                jobs: { source: "apps", path: "./jobs", dependsOn: ["apps"] },
            },
        });
        const names = [...builtIn, "web", "jobs"];
        assert.deepEqual(check().inputs.kustomizations, names);
        assert.equal(check().inputs.step, "look");
        assert.deepEqual(Object.keys(all.kustomizations), names);
        assert.deepEqual(Object.keys(all.sources), [...both, "podinfo"]);
        assert.deepEqual(Object.keys(all.evidence), both);
        const after = engine.one("fluxcd:flux:Kustomization", "jobs").options.dependsOn as string[];
        assert.ok(after.includes("apps-kustomization"), after.join(", "));
        assert.ok(!after.includes("web-kustomization"), after.join(", "));
    });

    it("registers a deploy key for each repository that it reads, after the repository", async () => {
        await run();
        for (const name of ["infrastructure", "apps"]) {
            const key = engine.one("github:index/repositoryDeployKey:RepositoryDeployKey", `${name}-deploy-key-key`);
            assert.equal(key.inputs.repository, `fluxcd-${name}`);
            const { dependsOn } = key.options as { dependsOn: string[] };
            assert.ok(dependsOn.includes(`fluxcd-${name}-repository`), dependsOn.join(", "));
        }
    });
});

/** The smaller release, with a controller for image automation. */
function release(): ManifestObject[] {
    const objects = parseAllDocuments(readFileSync("test/fixtures/install.yaml", "utf8")).map(
        (document) => document.toJS() as ManifestObject,
    );
    const reflector = objects.find(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name.includes("reflector"),
    );
    const automation = JSON.stringify(reflector).replaceAll("image-reflector", "image-automation");
    return [...objects, JSON.parse(automation) as ManifestObject];
}
