import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { errorHooks, type Hooks } from "../../components/hooks";
import { startEngine } from "../support/engine";
import { github } from "../support/fluxObjects";
import { settled } from "../support/program";
import { startWorld, type World } from "../support/world";

const keys = "/api/v3/repos/misua/fluxcd-apps/keys";

describe("The error hooks of a stack", () => {
    let world: World;
    let hooks: Hooks;
    let said: string[];
    const { error, info } = pulumi.log;

    beforeEach(async () => {
        await startEngine("dev");
        world = await startWorld();
        hooks = errorHooks({ context: "dev", github: { ...github, baseUrl: `${world.url}/` } }, "token-of-the-test");
        await settled();
        said = [];
        const log = pulumi.log as { error: typeof error; info: typeof info };
        log.error = log.info = (text) => {
            said.push(text);
            return Promise.resolve();
        };
    });
    afterEach(() => {
        Object.assign(pulumi.log, { error, info });
        return world.close();
    });

    const failed = (words: string, failedOperation = "create"): pulumi.ErrorHookArgs => ({
        urn: "urn",
        id: "",
        name: "apps-deploy-key-key",
        type: "github:index/repositoryDeployKey:RepositoryDeployKey",
        failedOperation,
        newInputs: { repository: "fluxcd-apps", key: "ssh-ed25519 AAAAours" },
        errors: [words],
    });
    const inUse = "422 key is already in use";
    const onGitHub = (key: string) =>
        world.answers.set(`GET ${keys}?per_page=100`, [{ id: 8, title: "flux-dev", key }]).set(`DELETE ${keys}/8`, {});

    it("are registered once each, because the engine identifies a hook by its name", async () => {
        const names = Object.values(hooks as unknown as Record<string, { name: string }>).map(({ name }) => name);
        assert.deepEqual(names, ["fluxcd:waitForFlux", "fluxcd:explainGitHubErrors", "fluxcd:resumeOnGitHub"]);
        const again = errorHooks({ context: "dev", github: { ...github, baseUrl: `${world.url}/` } }, "token");
        const registrations = Object.values(again as unknown as Record<string, { __registered: Promise<void> }>);
        for (const { __registered } of registrations) {
            await assert.rejects(__registered, /is registered already/);
        }
    });

    const applier = {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name: "apps", namespace: "flux-system" },
    };
    const notReady = () => {
        const api = "GET /apis/kustomize.toolkit.fluxcd.io/v1";
        const conditions = [{ type: "Ready", status: "False", reason: "BuildFailed", message: "no such folder" }];
        world.answers.set(`${api}/namespaces/flux-system/kustomizations/apps`, { ...applier, status: { conditions } });
    };
    const ofFlux = (words: string) => hooks.waitForFlux.callback({ ...failed(words), newInputs: applier });

    it("waitForFlux logs Flux's message after a timeout, and does not retry", async () => {
        notReady();
        assert.equal(await ofFlux("timed out waiting for the condition"), false);
        const words = "Flux says of Kustomization flux-system/apps: BuildFailed: no such folder";
        assert.deepEqual(said, [`apps-deploy-key-key: ${words}`]);
    });

    it("waitForFlux lets Pulumi retry the step if Flux is done, and logs nothing", async () => {
        const conditions = [{ type: "Ready", status: "True", reason: "ReconciliationSucceeded", message: "Applied" }];
        const path = "GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps";
        world.answers.set(path, { ...applier, status: { conditions } });
        assert.equal(await ofFlux("timed out waiting for the condition"), true);
        assert.deepEqual(said, []);
    });

    it("waitForFlux does not retry a change, because the state would keep its first error", async () => {
        const conditions = [{ type: "Ready", status: "True", reason: "ReconciliationSucceeded", message: "Applied" }];
        const path = "GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps";
        world.answers.set(path, { ...applier, status: { conditions } });
        const args = { ...failed("timed out waiting for the condition", "update"), newInputs: applier };
        assert.equal(await hooks.waitForFlux.callback(args), false);
    });

    it("waitForFlux gives up after the third retry, because the provider sees something else", async () => {
        notReady();
        const errors = Array<string>(4).fill("timed out waiting for the condition");
        const args = { ...failed(""), newInputs: applier, errors };
        assert.equal(await hooks.waitForFlux.callback(args), false);
        assert.deepEqual([said, world.asked], [[], []]);
    });

    it("waitForFlux makes no request and logs nothing for any other error", async () => {
        notReady();
        assert.equal(await ofFlux("the object is refused"), false);
        assert.deepEqual([said, world.asked], [[], []]);
    });

    for (const name of ["explainGitHub", "resumeOnGitHub"] as const) {
        it(`${name} logs the meaning of a GitHub error, and does not retry`, async () => {
            assert.equal(await hooks[name].callback(failed("403 Deploy keys are disabled for this repository")), false);
            assert.equal(said.length, 1);
            assert.match(said[0] ?? "", /^apps-deploy-key-key: The organization has deploy keys disabled/);
        });

        it(`${name} logs nothing for an error that needs no explanation`, async () => {
            assert.equal(await hooks[name].callback(failed("502 Bad Gateway")), false);
            assert.deepEqual(said, []);
        });
    }

    it("resumeOnGitHub deletes the key that an interrupted update of this owner created, and retries", async () => {
        onGitHub("ssh-ed25519 AAAAours");
        assert.equal(await hooks.resumeOnGitHub.callback(failed(inUse)), true);
        assert.ok(world.asked.includes(`DELETE ${keys}/8`), world.asked.join("\n"));
        assert.match(
            said.join("\n"),
            /^apps-deploy-key-key: an interrupted update has already created the deploy key flux-dev\./,
        );
    });

    it("resumeOnGitHub keeps somebody else's deploy key, and logs how to continue", async () => {
        onGitHub("ssh-ed25519 AAAAtheirs");
        assert.equal(await hooks.resumeOnGitHub.callback(failed(inUse)), false);
        assert.ok(!world.asked.some((request) => request.startsWith("DELETE")));
        assert.match(said.join("\n"), /Delete the newest key flux-dev on GitHub/);
    });

    it("explainGitHub deletes nothing, even if an interrupted update created the key", async () => {
        onGitHub("ssh-ed25519 AAAAours");
        assert.equal(await hooks.explainGitHub.callback(failed(inUse)), false);
        assert.deepEqual(world.asked, []);
        assert.match(said.join("\n"), /Delete the newest key flux-dev on GitHub/);
    });
});
