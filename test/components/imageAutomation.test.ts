import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { imageAutomation } from "../../components/imageAutomation";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";
import { gitRepository } from "../support/sync";

const kind = (name: string) => `kubernetes:image.toolkit.fluxcd.io/v1:${name}`;

describe("ImageAutomation", () => {
    let engine: Engine;

    const made = async (suspend = false, has = true) => {
        engine = await startEngine();
        const config = {
            branch: "flux-image-updates",
            base: "main",
            interval: "10m",
            policies: { podinfo: { image: "ghcr.io/stefanprodan/podinfo", semver: "6.x" } },
            generation: 2,
            suspend,
        };
        const resources = imageAutomation(
            "image-automation",
            {
                imageAutomation: has ? config : undefined,
                context: "dev",
                namespace: "flux-system",
                repository: {
                    name: pulumi.output("fluxcd-apps"),
                    sshUrl: pulumi.output("git@github.com:misua/fluxcd-apps.git"),
                },
                sshHostKeys: ["ssh-ed25519 AAAA"],
                title: "flux-dev",
            },
            {},
        );
        await settled();
        return resources;
    };
    const inputs = (type: string, name: string) =>
        engine.one(type, name).inputs as { metadata: Record<string, unknown>; spec: Record<string, unknown> };

    it("is nothing where it is not asked for", async () => {
        assert.deepEqual(await made(false, false), []);
        assert.deepEqual(
            engine.registered.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
            [],
        );
    });

    it("writes with a deploy key of its own, and is alone in using it", async () => {
        await made();
        const keys = engine.ofType("github:index/repositoryDeployKey:RepositoryDeployKey");
        assert.deepEqual(
            keys.map(({ inputs: { repository, title, readOnly } }) => ({ repository, title, readOnly })),
            [{ repository: "fluxcd-apps", title: "flux-dev-image-updates", readOnly: false }],
        );
        const source = inputs(gitRepository, "image-automation-source");
        assert.equal(source.metadata.name, "fluxcd-apps-image-updates");
        assert.deepEqual(source.spec, {
            url: "ssh://git@github.com/misua/fluxcd-apps.git",
            ref: { branch: "main" },
            interval: "10m",
            secretRef: { name: "image-automation-secret-1a2b3c4d" },
            suspend: true,
        });
    });

    it("looks for tags in the range, and is ready when up ends", async () => {
        await made();
        const repository = inputs(kind("ImageRepository"), "image-automation-podinfo-repository");
        assert.deepEqual(repository.spec, { image: "ghcr.io/stefanprodan/podinfo", interval: "10m" });
        const policy = inputs(kind("ImagePolicy"), "image-automation-podinfo-policy");
        assert.deepEqual(policy.spec, {
            imageRepositoryRef: { name: "podinfo" },
            policy: { semver: { range: "6.x" } },
        });
        const update = inputs(kind("ImageUpdateAutomation"), "image-automation-update");
        for (const { metadata } of [repository, policy, update]) {
            const { "pulumi.com/waitFor": waitFor = "[]", ...rest } = metadata.annotations as Record<string, string>;
            assert.deepEqual(rest, { "pulumi.com/timeoutSeconds": "120" });
            assert.equal((JSON.parse(waitFor) as string[])[0], "condition=Ready");
        }
    });

    it("takes the branch of the apps, and pushes to its own alone", async () => {
        await made();
        const { spec } = inputs(kind("ImageUpdateAutomation"), "image-automation-update");
        const { checkout, push } = spec.git as Record<string, unknown>;
        assert.deepEqual(checkout, { ref: { branch: "main" } });
        assert.deepEqual(push, { branch: "flux-image-updates" });
        assert.deepEqual(spec.sourceRef, { kind: "GitRepository", name: "fluxcd-apps-image-updates" });
        assert.deepEqual(spec.update, { strategy: "Setters", path: "./" });
    });

    it("stops with the stack, and is not waited for then", async () => {
        await made(true);
        for (const [type, name] of [
            ["ImageRepository", "image-automation-podinfo-repository"],
            ["ImagePolicy", "image-automation-podinfo-policy"],
            ["ImageUpdateAutomation", "image-automation-update"],
        ] as const) {
            const { metadata, spec } = inputs(kind(type), name);
            assert.equal(spec.suspend, true);
            assert.deepEqual(metadata.annotations, { "pulumi.com/timeoutSeconds": "120" });
        }
    });
});
