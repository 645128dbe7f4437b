import assert from "node:assert/strict";

import { Account } from "../../components/account";
import { type Engine, startEngine } from "../support/engine";
import { applied, kustomization, source } from "../support/fluxObjects";
import { settled } from "../support/program";

describe("Account", () => {
    let engine: Engine;
    const rules = [
        { apiGroups: [""], resources: ["namespaces"], resourceNames: undefined, verbs: ["get", "patch"] },
        { nonResourceURLs: ["/metrics"], verbs: ["get"] },
    ];

    beforeEach(async () => {
        engine = await startEngine();
        new Account("infrastructure-account", {
            account: "infrastructure-reconciler",
            namespace: "flux-system",
            rules,
        });
        await settled();
    });

    it("creates a ServiceAccount in Flux's namespace without mounting its token into pods", () => {
        const { inputs } = engine.one("kubernetes:core/v1:ServiceAccount", "infrastructure-account-service-account");
        assert.deepEqual(inputs.metadata, { name: "infrastructure-reconciler", namespace: "flux-system" });
        assert.equal(inputs.automountServiceAccountToken, false);
    });

    it("creates a ClusterRole with exactly the rules given", () => {
        const { inputs } = engine.one(
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
            "infrastructure-account-role",
        );
        assert.deepEqual(inputs.metadata, { name: "infrastructure-reconciler" });
        assert.deepEqual(inputs.rules, [
            { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "patch"] },
            { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ]);
    });

    it("binds the ClusterRole to the ServiceAccount in the whole cluster", () => {
        const { inputs } = engine.one(
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            "infrastructure-account-binding",
        );
        assert.deepEqual(inputs.roleRef, {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "ClusterRole",
            name: "infrastructure-reconciler",
        });
        assert.deepEqual(inputs.subjects, [
            { kind: "ServiceAccount", name: "infrastructure-reconciler", namespace: "flux-system" },
        ]);
    });
});

describe("Kustomization", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const serviceAccountName = () =>
        (engine.one(kustomization, "infrastructure-kustomization").inputs.spec as Record<string, unknown>)
            .serviceAccountName;
    const infrastructure = { name: "infrastructure", dependsOn: [], serviceAccountName: "kustomize-controller" };

    it("with rules, creates its own ServiceAccount, and applies as that account once it is bound", async () => {
        const rules = [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }];
        applied(source({ name: "infrastructure" }), { ...infrastructure, rules });
        await settled();
        assert.equal(serviceAccountName(), "infrastructure-reconciler");
        const { dependsOn } = engine.one(kustomization, "infrastructure-kustomization").options as {
            dependsOn: string[];
        };
        assert.ok(dependsOn.includes("infrastructure-account-binding"), dependsOn.join(", "));
    });

    it("without rules, creates no ServiceAccount and applies as the account given", async () => {
        applied(source({ name: "infrastructure" }), infrastructure);
        await settled();
        assert.equal(serviceAccountName(), "kustomize-controller");
        assert.deepEqual(engine.ofType("kubernetes:core/v1:ServiceAccount"), []);
    });
});
