import assert from "node:assert/strict";

import { lostBetween } from "../../../cli/release/overlayDiff";

describe("What an overlay loses", () => {
    const object = (kind: string, name: string, namespace?: string, apiVersion = "v1") =>
        `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;

    it("is each object that is not in the other manifests, by kind, namespace and name", () => {
        const before = [object("Namespace", "orders"), object("Role", "a", "orders"), object("Role", "a", "podinfo")];
        assert.deepEqual(lostBetween(before.join("---\n"), object("Role", "a", "podinfo")), [
            "Namespace orders",
            "Role orders/a",
        ]);
    });

    it("is nothing where an object only changes, or its API's version", () => {
        const before = object("Role", "a", "orders", "rbac.authorization.k8s.io/v1beta1");
        assert.deepEqual(
            lostBetween(before, `${object("Role", "a", "orders", "rbac.authorization.k8s.io/v1")}rules: []\n`),
            [],
        );
        assert.deepEqual(lostBetween("", before), []);
    });

    it("tells kinds of one name in two APIs apart", () => {
        const before = object("Service", "a", "b", "serving.knative.dev/v1");
        assert.deepEqual(lostBetween(before, object("Service", "a", "b")), ["Service b/a"]);
    });
});
