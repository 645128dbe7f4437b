import assert from "node:assert/strict";

import { fluxVerdict } from "../../components/fluxErrors";
import { startWorld, type World } from "../support/world";

const group = "/apis/kustomize.toolkit.fluxcd.io/v1";
const kustomization = {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: "apps", namespace: "flux-system" },
};
const read = `GET ${group}/namespaces/flux-system/kustomizations/apps`;

describe("fluxVerdict", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });
    afterEach(() => world.close());

    const answer = (status: string, reason: string, message: string, observedGeneration = 2) => {
        const conditions = [{ type: "Ready", status, reason, message, observedGeneration }];
        world.answers.set(read, {
            ...kustomization,
            metadata: { ...kustomization.metadata, generation: 2 },
            status: { conditions },
        });
    };

    it("returns the message of the Ready condition if it is False", async () => {
        answer("False", "HealthCheckFailed", "timeout waiting for: [Deployment/podinfo/podinfo status: 'InProgress']");
        const verdict = await fluxVerdict("dev", kustomization, 10_000);
        const expected =
            "Flux says of Kustomization flux-system/apps: HealthCheckFailed: timeout waiting for: [Deployment/podinfo/podinfo status: 'InProgress']";
        assert.equal(verdict, expected);
    });

    it("ignores a condition of an earlier generation and waits for the current one", async () => {
        answer("False", "BuildFailed", "of before", 1);
        setTimeout(() => {
            answer("False", "ArtifactFailed", "of now");
        }, 100);
        assert.match((await fluxVerdict("dev", kustomization, 10_000)) ?? "", /ArtifactFailed: of now$/);
    });

    it("returns Flux's latest message if the time runs out first", async () => {
        answer("Unknown", "Progressing", "Running health checks");
        assert.match((await fluxVerdict("dev", kustomization, 0)) ?? "", /Progressing: Running health checks$/);
    });

    it("returns undefined if Flux has not reconciled the object yet", async () => {
        world.answers.set(read, kustomization);
        assert.equal(await fluxVerdict("dev", kustomization, 0), undefined);
    });
});
