import assert from "node:assert/strict";

import { lostBetween } from "../../../cli/release/manifestObjects";

describe("lostBetween", () => {
    const object = (kind: string, name: string, namespace?: string, apiVersion = "v1") =>
        `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;

    const words = (before: string, after: string) => lostBetween(before, after).map((it) => it.words);

    it("lists each object that the other manifests do not have, with kind, namespace and name", () => {
        const before = [object("Namespace", "orders"), object("Role", "a", "orders"), object("Role", "a", "podinfo")];
        assert.deepEqual(words(before.join("---\n"), object("Role", "a", "podinfo")), [
            "Namespace orders",
            "Role orders/a",
        ]);
    });

    it("lists nothing if only an object's content or its API version changes", () => {
        const before = object("Role", "a", "orders", "rbac.authorization.k8s.io/v1beta1");
        assert.deepEqual(
            lostBetween(before, `${object("Role", "a", "orders", "rbac.authorization.k8s.io/v1")}rules: []\n`),
            [],
        );
        assert.deepEqual(lostBetween("", before), []);
    });

    it("distinguishes kinds with the same name in different API groups", () => {
        const before = object("Service", "a", "b", "serving.knative.dev/v1");
        assert.deepEqual(words(before, object("Service", "a", "b")), ["Service b/a"]);
    });
});
