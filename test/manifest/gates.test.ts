import assert from "node:assert/strict";

import { customized, managerIn, newArguments, refused } from "../support/customized";
import { releaseObjects } from "../support/release";

describe("Feature gates", () => {
    it("are set on their own controller only, in one argument", () => {
        const featureGates = {
            "helm-controller": { OOMWatch: true, AllowDNSLookups: false },
            "kustomize-controller": { ExternalArtifact: true },
            "source-controller": {},
        };
        assert.deepEqual(newArguments(customized({ featureGates })), {
            "helm-controller": ["--feature-gates=OOMWatch=true,AllowDNSLookups=false"],
            "kustomize-controller": ["--feature-gates=ExternalArtifact=true"],
        });
    });

    it("override the manifest's gates of the same name, and keep its other gates", () => {
        const before = customized({ featureGates: { "helm-controller": { OOMWatch: true, ExternalArtifact: true } } });
        const after = customized({ featureGates: { "helm-controller": { OOMWatch: false } } }, [...before]);
        assert.deepEqual(
            managerIn(after, "helm-controller").args?.filter((argument) => argument.startsWith("--feature-gates")),
            ["--feature-gates=ExternalArtifact=true,OOMWatch=false"],
        );
    });

    it("are refused for a controller that is not installed", () => {
        const objects = releaseObjects(["source-controller", "kustomize-controller"]);
        assert.deepEqual(refused({ featureGates: { "helm-controller": { OOMWatch: true } } }, objects), [
            {
                key: "fluxcd:flux.featureGates.helm-controller",
                value: { OOMWatch: true },
                expected:
                    "helm-controller is not installed: expected one of fluxcd:flux.components, which are source-controller, kustomize-controller",
                fix: "pulumi config rm --stack dev --path 'fluxcd:flux.featureGates.helm-controller'",
            },
        ]);
    });
});
