import assert from "node:assert/strict";

import { admissionWords, admitted } from "../../checks/admitted";
import type { Controller } from "../../clients/installedFlux";
import type { ManifestObject } from "../../domain/objects";
import { releaseObjects } from "../support/release";
import { startWorld, type World } from "../support/world";

type Json = Record<string, unknown>;
interface Container {
    name: string;
    image: string;
    args: string[];
    env?: Json[];
    resources: { limits: Record<string, string> };
}
type Deployment = ManifestObject & {
    spec: { replicas: number; template: { spec: { containers: Container[]; nodeSelector: Json } } };
};

const request =
    "PATCH /apis/apps/v1/namespaces/flux-system/deployments/source-controller?dryRun=All&fieldManager=fluxcd-preflight&force=true";

describe("Admission of Flux's controllers", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(() => world.close());

    const wanted = () => releaseObjects(["source-controller"]);
    const deployment = (objects: readonly ManifestObject[]) =>
        objects.find(({ kind }) => kind === "Deployment") as Deployment;
    const installed = (objects: readonly ManifestObject[]) => ({
        controllers: objects.filter(({ kind }) => kind === "Deployment") as Controller[],
    });

    /** Lets the API server answer with what it was asked, changed so. */
    function making(change: (made: Deployment, manager: Container) => void): void {
        const made = structuredClone(deployment(wanted()));
        const [manager] = made.spec.template.spec.containers;
        assert.ok(manager);
        change(made, manager);
        world.answers.set(request, made);
    }

    const look = () => admitted("dev", installed(wanted()), wanted());

    it("takes the values that admission changes as declared, and names each changed field", async () => {
        making((_, manager) => {
            manager.resources.limits.cpu = "750m";
            manager.image = manager.image.replace("ghcr.io", "mirror.example.com");
            manager.args = [...manager.args, "--more"];
        });
        const { objects, changed } = await look();
        const [manager] = deployment(objects).spec.template.spec.containers;
        assert.equal(manager?.resources.limits.cpu, "750m");
        assert.equal(manager.image, "mirror.example.com/fluxcd/source-controller:v1.0.0");
        assert.equal(manager.args.at(-1), "--more");
        const at = "Deployment source-controller spec.template.spec.containers.manager";
        assert.equal(changed.length, 3);
        assert.ok(changed.includes(`${at}.resources.limits.cpu: "1000m" becomes "750m"`), changed.join("\n"));
        assert.match(admissionWords({ changed }, "dev"), /^Admission in dev changes .*\n {4}Deployment/);
        assert.ok(world.asked.includes(request));
    });

    it("reports no change if admission rewrites a value in another form or adds an undeclared field", async () => {
        making((made, manager) => {
            manager.resources.limits.cpu = "1";
            manager.env = [...(manager.env ?? []), { name: "ADDED", value: "yes" }];
            made.spec.template.spec.containers.unshift({ ...manager, name: "sidecar" });
            Object.assign(made.spec, { progressDeadlineSeconds: 600 });
            Object.assign(made, { status: {} });
        });
        const { objects, changed } = await look();
        assert.deepEqual(changed, []);
        assert.deepEqual(objects, wanted());
    });

    it("reports no change if Flux is not installed yet, or if a webhook refuses the dry run", async () => {
        assert.deepEqual(await admitted("dev", { controllers: [] }, wanted()), { objects: wanted(), changed: [] });
        assert.ok(!world.asked.some((it) => it.startsWith("PATCH")));
        world.answers.set(request, 400);
        assert.deepEqual(await look(), { objects: wanted(), changed: [] });
    });
});
