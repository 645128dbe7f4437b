import assert from "node:assert/strict";

import type { Deployment } from "../../domain/objects";
import { customized, named, refused } from "../support/customized";
import { releaseObjects } from "../support/release";

const account = (name: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: "flux-system", labels: { "app.kubernetes.io/component": name } },
});

const release = () => [...releaseObjects(), account("kustomize-controller"), account("source-controller")];

function podMetadata(objects: readonly ReturnType<typeof named>[], deployment: string) {
    const { template } = (named(objects, "Deployment", deployment) as Deployment).spec;
    return template.metadata as { annotations?: Record<string, string>; labels: Record<string, string> };
}

describe("Service account annotations", () => {
    const role = { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/flux-sops" };

    it("are added to their controller's account, and to its pods so that the pods restart", () => {
        const objects = customized({ serviceAccountAnnotations: { "kustomize-controller": role } }, release());
        assert.deepEqual(named(objects, "ServiceAccount", "kustomize-controller").metadata.annotations, role);
        assert.deepEqual(podMetadata(objects, "kustomize-controller").annotations, role);
        assert.equal(named(objects, "ServiceAccount", "source-controller").metadata.annotations, undefined);
        assert.equal(podMetadata(objects, "source-controller").annotations, undefined);
    });

    it("are added to the manifest's own annotations", () => {
        const before = account("kustomize-controller");
        const manifest = [
            ...releaseObjects(),
            { ...before, metadata: { ...before.metadata, annotations: { a: "b" } } },
        ];
        const objects = customized({ serviceAccountAnnotations: { "kustomize-controller": role } }, manifest);
        assert.deepEqual(named(objects, "ServiceAccount", "kustomize-controller").metadata.annotations, {
            a: "b",
            ...role,
        });
    });

    for (const [what, annotations, label] of [
        ["Azure", { "azure.workload.identity/client-id": "8f4c" }, "true"],
        ["AWS", role, undefined],
    ] as const) {
        it(`for ${what} ${label === undefined ? "do not change" : "change"} the labels of the pods`, () => {
            const objects = customized(
                { serviceAccountAnnotations: { "kustomize-controller": annotations } },
                release(),
            );
            const { labels } = podMetadata(objects, "kustomize-controller");
            assert.equal(labels["azure.workload.identity/use"], label);
            assert.equal(labels.app, "kustomize-controller");
        });
    }

    it("are refused for a controller that is not installed", () => {
        const [problem, ...others] = refused(
            { serviceAccountAnnotations: { "helm-controller": role } },
            releaseObjects(["source-controller", "kustomize-controller"]),
        );
        assert.deepEqual([problem?.key, others], ["fluxcd:flux.serviceAccountAnnotations.helm-controller", []]);
        assert.match(problem?.expected ?? "", /^helm-controller is not installed/);
    });
});
