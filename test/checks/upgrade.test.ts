import assert from "node:assert/strict";

import { changes } from "../../checks/upgrade";
import { startEngine } from "../support/engine";
import { change, install, look, release } from "../support/installed";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

describe("The check of a Flux upgrade", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml");
    });
    afterEach(() => world.close());

    const alerts = "alerts.notification.toolkit.fluxcd.io";
    const own = { manager: "pulumi-kubernetes" };

    it("lists the changed and removed controllers and CRDs with their differences", async () => {
        const version = (name: string, properties: object) => ({
            name,
            served: true,
            storage: name === "v1",
            schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties } } } },
        });
        install(world, own, (object) => {
            const containers = [{ name: "manager", image: "ghcr.io/fluxcd/helm-controller:v0.9.0" }];
            return change(alerts, ({ spec }) => ({
                spec: { ...spec, versions: [version("v1", { a: {}, b: {} }), version("v0", {})] },
            }))(
                change("helm-controller", ({ spec }) => ({
                    spec: { ...spec, template: { spec: { containers } } },
                }))(object),
            );
        });
        const wanted = release()
            .map(
                change(alerts, ({ spec }) => ({
                    spec: { ...spec, versions: [version("v1", { a: {} }), version("v2", {})] },
                })),
            )
            .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] !== "kustomize-controller");
        const { installed } = await look(wanted);
        const lines = changes(installed, { version: "v2.9.5", objects: wanted });
        const tag = /helm-controller:([^"]+)"/.exec(JSON.stringify(release()))?.[1] ?? "";
        assert.deepEqual(lines, [
            `helm-controller v0.9.0 -> ${tag}`,
            lines.find((line) => line.startsWith("kustomize-controller")),
            `CRD ${alerts} v2 added, v0 removed, schema of v1 changes, without .spec.b`,
            "CRD kustomizations.kustomize.toolkit.fluxcd.io is removed",
        ]);
        assert.match(lines[1] ?? "", /^kustomize-controller v\S+ is removed$/);
    });

    it("lists nothing if no controller and no CRD changes", async () => {
        install(world, own);
        const { installed } = await look();
        assert.deepEqual(changes(installed, { version: "v2.9.5", objects: release() }), []);
    });

    it("refuses a release without an API version in which objects may be stored", async () => {
        install(
            world,
            own,
            change(alerts, () => ({ status: { storedVersions: ["v1beta1", "v1beta3"] } })),
        );
        const versions = (...names: string[]) =>
            release().map(
                change(alerts, ({ spec }) => ({
                    spec: { ...spec, versions: names.map((name) => ({ name })) },
                })),
            );
        const { problems } = await look(versions("v1beta3", "v1"));
        assert.match(problems, /fluxcd:fluxVersion is "v2\.9\.5"\n.*alerts\S+ may have objects stored as v1beta1,/);
        assert.match(problems, /fix: flux migrate --context dev/);
        assert.equal((await look(versions("v1beta1", "v1beta3"))).problems, "");
    });

    const withoutAlerts = () => release().filter(({ metadata }) => metadata.name !== alerts);
    const list = "GET /apis/notification.toolkit.fluxcd.io/v1beta3/alerts?limit=3";

    it("refuses to remove a CRD that still has objects, and names the objects", async () => {
        install(world, own);
        const names = [{ metadata: { name: "slack", namespace: "apps" } }];
        world.answers.set(list, { items: names });
        const { problems } = await look(withoutAlerts());
        assert.match(problems, /fluxcd:flux\.components\n.*would delete every Alert: apps\/slack/);
    });

    it("accepts the removal of a CRD that has no objects or that Pulumi did not create", async () => {
        install(world, own);
        world.answers.set(list, { items: [] });
        assert.equal((await look(withoutAlerts())).problems, "");
        install(world);
        world.answers.set(list, { items: [{ metadata: { name: "slack", namespace: "apps" } }] });
        assert.equal((await look(withoutAlerts())).problems, "");
    });
});
