import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { ImageAutomation } from "../../components/imageAutomation";
import { type Engine, startEngine } from "../support/engine";
import { github, gitRepository, hooks } from "../support/fluxObjects";
import { settled } from "../support/program";

const kind = (name: string) => `kubernetes:image.toolkit.fluxcd.io/v1:${name}`;

describe("ImageAutomation", () => {
    let engine: Engine;

    const made = async (suspend = false) => {
        engine = await startEngine();
        const imageAutomation = {
            branch: "flux-image-updates",
            base: "main",
            interval: "10m",
            policies: { podinfo: { image: "ghcr.io/stefanprodan/podinfo", semver: "6.x" } },
            generation: 2,
            suspend,
        };
        const repository = (name: string) => ({
            name: pulumi.output(name),
            sshUrl: pulumi.output(`git@github.com:misua/${name}.git`),
            httpUrl: pulumi.output(`https://github.com/misua/${name}.git`),
        });
        new ImageAutomation("image-automation", {
            imageAutomation,
            namespace: "flux-system",
            repositories: {
                infrastructure: repository("fluxcd-infrastructure"),
                apps: repository("fluxcd-apps"),
            },
            sshHostKeys: ["ssh-ed25519 AAAA"],
            secret: pulumi.secret("the token that Flux itself reads with"),
            github,
            title: "flux-dev",
            hooks: hooks(),
        });
        await settled();
    };
    const inputs = (type: string, name: string) =>
        engine.one(type, name).inputs as { metadata: Record<string, unknown>; spec: Record<string, unknown> };

    it("pushes with its own deploy key, which only its GitRepository uses", async () => {
        await made();
        const drawn = engine.one("random:index/randomPassword:RandomPassword", "image-automation-deploy-key-seed");
        assert.deepEqual(drawn.inputs.keepers, { generation: "2" });
        const keys = engine.ofType("github:index/repositoryDeployKey:RepositoryDeployKey");
        assert.deepEqual(
            keys.map(({ inputs: { repository, title, readOnly } }) => ({ repository, title, readOnly })),
            [{ repository: "fluxcd-apps", title: "flux-dev-image-updates", readOnly: false }],
        );
        const source = inputs(gitRepository, "apps-image-updates-source");
        assert.equal(source.metadata.name, "apps-image-updates");
        assert.deepEqual(source.spec, {
            url: "ssh://git@github.com/misua/fluxcd-apps.git",
            ref: { branch: "main" },
            interval: "10m",
            timeout: "60s",
            secretRef: { name: "apps-image-updates-secret-1a2b3c4d" },
            suspend: true,
        });
    });

    it("scans for tags in the version range, and waits until its objects are ready", async () => {
        await made();
        const repository = inputs(kind("ImageRepository"), "image-automation-podinfo-repository");
        assert.deepEqual(repository.spec, { image: "ghcr.io/stefanprodan/podinfo", interval: "10m" });
        const policy = inputs(kind("ImagePolicy"), "image-automation-podinfo-policy");
        assert.deepEqual(policy.spec, {
            imageRepositoryRef: { name: "podinfo" },
            policy: { semver: { range: "6.x" } },
        });
        const update = inputs(kind("ImageUpdateAutomation"), "image-automation-update");
        assert.equal(update.metadata.name, "apps");
        for (const { metadata } of [repository, policy, update]) {
            const { "pulumi.com/waitFor": waitFor = "[]", ...rest } = metadata.annotations as Record<string, string>;
            assert.deepEqual(rest, { "pulumi.com/timeoutSeconds": "120" });
            assert.equal((JSON.parse(waitFor) as string[])[0], "condition=Ready");
        }
    });

    it("checks out the branch of apps, and pushes only to its own branch", async () => {
        await made();
        const { spec } = inputs(kind("ImageUpdateAutomation"), "image-automation-update");
        const { checkout, push } = spec.git as Record<string, unknown>;
        assert.deepEqual(checkout, { ref: { branch: "main" } });
        assert.deepEqual(push, { branch: "flux-image-updates" });
        assert.deepEqual(spec.sourceRef, { kind: "GitRepository", name: "apps-image-updates" });
        assert.deepEqual(spec.update, { strategy: "Setters", path: "./" });
    });

    it("is suspended with the stack, and is then not waited for", async () => {
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
