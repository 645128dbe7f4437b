import assert from "node:assert/strict";

import { readInstalled } from "../../clients/installedFlux";
import { changes } from "../../checks/upgrade";
import { startEngine } from "../support/engine";
import { asked, install, look, release } from "../support/installed";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

describe("The check for an existing Flux", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml");
        for (const question of Object.values(asked)) {
            world.answers.set(question, { items: [] });
        }
        world.answers.set("GET /api/v1/namespaces/flux-system", 404);
    });
    afterEach(() => world.close());

    it("finds no problem and no change in a cluster without Flux", async () => {
        const { installed, ...found } = await look();
        assert.deepEqual(installed, { namespace: undefined, controllers: [], definitions: [] });
        assert.deepEqual(found, { anothers: "", problems: "" });
        assert.deepEqual(changes(installed, { version: "v2.9.5", objects: release() }), []);
    });

    it("ignores controllers and CRDs that are not part of Flux", async () => {
        install(world, {}, (object) => ({
            ...object,
            metadata: { ...object.metadata, labels: { "app.kubernetes.io/component": "dashboard" } },
            spec: { ...(object.spec as object), group: "example.com" },
        }));
        const { installed } = await look();
        assert.deepEqual([installed.controllers, installed.definitions], [[], []]);
    });

    describe("with a Flux that another tool installed", () => {
        const owners = [
            ["flux install", {}, "Flux v2.9.5 of `flux install` or its manifest"],
            ["Helm", { labels: { "app.kubernetes.io/managed-by": "Helm" } }, "Flux v2.9.5 managed by Helm"],
            ["another stack", { manager: "pulumi-kubernetes-1a2b3c4d" }, "of another Pulumi stack"],
            [
                "flux bootstrap",
                {
                    labels: {
                        "kustomize.toolkit.fluxcd.io/name": "flux-system",
                        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                    },
                },
                "of `flux bootstrap`, applied by its Kustomization flux-system/flux-system",
            ],
        ] as const;
        for (const [who, how, says] of owners) {
            it(`refuses the existing Flux and names its owner: ${who}`, async () => {
                install(world, how);
                const { anothers, problems } = await look();
                assert.ok(anothers.includes(says), anothers);
                assert.match(anothers, /source-controller \S+, .*notification-controller \S+ run there/);
                assert.match(anothers, /fix: .*pulumi config set --stack dev --path 'fluxcd:flux\.existing' adopt/);
                assert.equal(problems, "");
            });
        }

        it("refuses a cluster in which only the CRDs of Flux are left", async () => {
            install(world);
            world.answers.delete(asked.deployments);
            assert.match((await look()).anothers, /the CRD gitrepositories\.source\.toolkit\.fluxcd\.io exists there/);
        });

        it("adopts the existing Flux if fluxcd:flux.existing is adopt", async () => {
            install(world);
            const { anothers, problems } = await look(release(), { "fluxcd:flux": { existing: "adopt" } });
            assert.deepEqual([anothers, problems], ["", ""]);
        });

        it("refuses to adopt the existing Flux if the stack's components leave out one of its controllers", async () => {
            install(world);
            const wanted = release().filter(({ metadata }) => metadata.name !== "helm-controller");
            const { problems } = await look(wanted, { "fluxcd:flux": { existing: "adopt" } });
            assert.match(
                problems,
                /fluxcd:flux\.components\n.*helm-controller of the existing Flux would stay in the old version/,
            );
        });
    });

    describe("with a Flux that another tool still manages", () => {
        const labels = {
            "kustomize.toolkit.fluxcd.io/name": "flux-system",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        };
        const bootstrapped =
            "GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system";
        const kustomization = {
            metadata: { name: "flux-system", namespace: "flux-system" },
            spec: {},
            status: { inventory: { entries: [{ id: "flux-system_source-controller_apps_Deployment", v: "v1" }] } },
        };
        const served = ["kustomize.toolkit.fluxcd.io/v1", "fluxcd.controlplane.io/v1"] as const;

        beforeEach(() => {
            const resources = [{ name: "kustomizations", kind: "Kustomization", namespaced: true }];
            world.answers.set(`GET /apis/${served[0]}`, { resources });
        });

        for (const existing of ["refuse", "adopt"]) {
            it(`refuses a Flux that a Kustomization applies, and explains the takeover: fluxcd:flux.existing ${existing}`, async () => {
                install(world, { labels });
                world.answers.set(bootstrapped, kustomization);
                const { problems } = await look(release(), { "fluxcd:flux": { existing } });
                assert.match(problems, /Kustomization flux-system\/flux-system applies Flux from Git/);
                assert.match(problems, /patch kustomization flux-system .*"suspend":true,"prune":false/);
                assert.match(problems, /delete kustomization flux-system/);
            });
        }

        it("accepts the Flux if its Kustomization is suspended, applies something else or does not exist", async () => {
            install(world, { labels });
            for (const there of [
                { ...kustomization, spec: { suspend: true } },
                { ...kustomization, status: { inventory: { entries: [{ id: "default_podinfo_apps_Deployment" }] } } },
                404,
            ]) {
                world.answers.set(bootstrapped, there);
                assert.equal((await look()).problems, "");
            }
        });

        it("refuses a Flux that flux-operator reconciles, and accepts it if that is disabled", async () => {
            install(world, { labels: { "app.kubernetes.io/managed-by": "flux-operator" } });
            const instances = (annotations: object) => ({
                items: [{ metadata: { name: "flux", namespace: "flux-system", annotations } }],
            });
            world.answers.set(`GET /apis/${served[1]}/fluxinstances`, instances({}));
            assert.match((await look()).problems, /flux-operator manages Flux by its FluxInstance flux-system\/flux,/);
            const disabled = { "fluxcd.controlplane.io/reconcile": "disabled" };
            world.answers.set(`GET /apis/${served[1]}/fluxinstances`, instances(disabled));
            assert.equal((await look()).problems, "");
        });

        it("refuses a Flux in another namespace", async () => {
            install(world, {}, (object) => ({ ...object, metadata: { ...object.metadata, namespace: "gitops" } }));
            assert.match((await look()).problems, /runs in namespace gitops[^]*flux uninstall .*--namespace gitops/);
        });
    });

    it("fails if the Deployments in the cluster cannot be read", async () => {
        world.answers.set(asked.deployments, 403);
        await assert.rejects(readInstalled("dev"));
    });
});
