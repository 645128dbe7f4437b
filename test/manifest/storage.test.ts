import assert from "node:assert/strict";

import { customized, named, names, podOf, refused } from "../support/customized";
import { allControllers, releaseObjects } from "../support/release";
import { validate } from "../support/schema";

describe("Storage for artifacts", () => {
    it("replaces the volume of source-controller with a claim, and changes no other pod", async () => {
        const objects = customized({ storage: { class: "standard", size: "10Gi" } });
        assert.deepEqual(podOf(objects, "source-controller").volumes, [
            { name: "data", persistentVolumeClaim: { claimName: "source-controller" } },
            { emptyDir: {}, name: "tmp" },
        ]);
        for (const name of allControllers.filter((it) => it !== "source-controller")) {
            assert.deepEqual(podOf(objects, name), podOf(releaseObjects(), name));
        }
        const claim = named(objects, "PersistentVolumeClaim", "source-controller");
        assert.equal(claim.metadata.namespace, "flux-system");
        assert.deepEqual(claim.spec, {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "standard",
            resources: { requests: { storage: "10Gi" } },
        });
        await validate(claim);
    });

    it("uses the cluster's default storage class if none is named", () => {
        const { spec } = named(customized({ storage: { size: "1Gi" } }), "PersistentVolumeClaim", "source-controller");
        assert.deepEqual(spec, { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
    });

    it("creates no claim if the option is not set", () => {
        assert.deepEqual(names(customized({}), "PersistentVolumeClaim"), []);
    });

    it("is refused if the manifest has no volume for artifacts", () => {
        const objects = JSON.parse(JSON.stringify(releaseObjects()).replaceAll('"/data"', '"/elsewhere"')) as [];
        const [problem] = refused({ storage: { size: "1Gi" } }, objects);
        assert.equal(problem?.key, "fluxcd:flux.storage");
        assert.match(problem.expected, /source-controller has no volume at \/data/);
    });
});
