import assert from "node:assert/strict";

import { appliedRevision } from "../../components/revision";
import { limitOf, outcomeOf } from "../../components/waitForFlux";
import { startWorld, type World } from "../support/world";

const kustomization = {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: {
        name: "apps",
        namespace: "flux-system",
        annotations: { "pulumi.com/waitFor": appliedRevision({ tag: "prod-v1.2.3", commit: "abc" }) },
    },
};
const source = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: {
        name: "apps",
        namespace: "flux-system",
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
    },
};
const wanted = "prod-v1.2.3@sha1:abc";
const before = "prod-v1.2.2@sha1:def";

interface Live {
    readonly status?: string;
    readonly reason?: string;
    readonly message?: string;
    /** The generation that the condition is of; the object's own is 2. */
    readonly observed?: number;
    readonly applied?: string;
    readonly attempted?: string;
}

describe("The wait for Flux", () => {
    let world: World;
    let shown: string[];

    beforeEach(async () => {
        world = await startWorld();
        shown = [];
    });
    afterEach(() => world.close());

    function answer(object: typeof source, live: Live): void {
        const { status = "False", reason = "", message = "", observed = 2, applied, attempted = wanted } = live;
        const { apiVersion, metadata } = object;
        const plural = object === source ? "gitrepositories" : "kustomizations";
        world.answers.set(`GET /apis/${apiVersion}/namespaces/flux-system/${plural}/apps`, {
            ...object,
            metadata: { ...metadata, generation: 2 },
            status: {
                lastAppliedRevision: applied,
                lastAttemptedRevision: attempted,
                conditions: [{ type: "Ready", status, reason, message, observedGeneration: observed }],
            },
        });
    }
    const outcome = (object: typeof source, withinMs: number) =>
        outcomeOf("dev", object, { withinMs, repeatsWithinMs: 700, show: (text) => void shown.push(text) });
    const soon = (act: () => void) => setTimeout(act, 100);
    const minute = 60_000;

    it("is over when the revision is applied, and shows each of Flux's words once until then", async () => {
        answer(kustomization, { status: "Unknown", reason: "Progressing", message: "Running health checks" });
        setTimeout(() => {
            answer(kustomization, { status: "True", reason: "ReconciliationSucceeded", applied: wanted });
        }, 700);
        assert.equal((await outcome(kustomization, minute)).done, true);
        assert.deepEqual(shown, ["Flux says of Kustomization flux-system/apps: Progressing: Running health checks"]);
    });

    it("goes on while Flux is ready with the revision before", async () => {
        answer(kustomization, { status: "True", reason: "ReconciliationSucceeded", applied: before });
        assert.equal((await outcome(kustomization, 0)).done, false);
    });

    it("goes on while the failure is of the revision before", async () => {
        answer(kustomization, { reason: "BuildFailed", message: "of before", attempted: before });
        soon(() => {
            answer(kustomization, { status: "True", applied: wanted });
        });
        assert.equal((await outcome(kustomization, minute)).done, true);
    });

    it("goes on while the failure is of the settings before", async () => {
        answer(kustomization, { reason: "BuildFailed", message: "of before", observed: 1 });
        soon(() => {
            answer(kustomization, { reason: "ArtifactFailed", message: "kustomization path not found: stat ./apps" });
        });
        const { done, says } = await outcome(kustomization, minute);
        assert.equal(done, false);
        assert.match(says ?? "", /ArtifactFailed: kustomization path not found: stat .\/apps$/);
    });

    it("goes on if the API server does not answer once", async () => {
        world.answers.set("GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/apps", 503);
        soon(() => {
            answer(source, { status: "True", reason: "Succeeded" });
        });
        assert.equal((await outcome(source, minute)).done, true);
    });

    it("ends with the time, and says Flux's latest message", async () => {
        answer(kustomization, { status: "Unknown", reason: "Progressing", message: "Running health checks" });
        const { done, says } = await outcome(kustomization, 0);
        assert.equal(done, false);
        assert.match(says ?? "", /Progressing: Running health checks$/);
    });

    it("ends with the time and no message if Flux has not reconciled the object yet", async () => {
        assert.deepEqual(await outcome(kustomization, 0), { done: false, says: undefined });
    });

    const lasting: Readonly<Record<string, readonly [typeof source, string, string]>> = {
        "an overlay that does not build": [
            kustomization,
            "BuildFailed",
            "kustomize build failed: accumulating resources: no such file",
        ],
        "a folder that is not in the repository": [
            kustomization,
            "ArtifactFailed",
            "kustomization path not found: stat /tmp/apps/overlays/prod: no such file or directory",
        ],
        "a Namespace that the account may not make": [
            kustomization,
            "ReconciliationFailed",
            'Namespace/shop dry-run failed (Forbidden): namespaces "shop" is forbidden: User "system:serviceaccount:flux-system:apps-reconciler" cannot patch resource "namespaces" in API group "" in the namespace "shop"',
        ],
        "an object that a policy denies": [
            kustomization,
            "ReconciliationFailed",
            'Deployment/shop/web dry-run failed (Forbidden): admission webhook "validate.kyverno.svc" denied the request: no latest tag',
        ],
        "an object that a built-in policy denies": [
            kustomization,
            "ReconciliationFailed",
            "Deployment/shop/web dry-run failed (Invalid): ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: no latest tag",
        ],
        "an object without a required field": [
            kustomization,
            "ReconciliationFailed",
            'Deployment/shop/web dry-run failed (Invalid): Deployment.apps "web" is invalid: spec.template.spec.containers: Required value',
        ],
        "a field that cannot be changed": [
            kustomization,
            "ReconciliationFailed",
            'Job/shop/seed dry-run failed (Invalid): Job.batch "seed" is invalid: spec.template: Invalid value: field is immutable',
        ],
        "a field that does not exist": [
            kustomization,
            "ReconciliationFailed",
            "Deployment/shop/web dry-run failed: failed to create typed patch object: .spec.replica: unknown field",
        ],
        "a tag that does not exist": [
            source,
            "GitOperationFailed",
            'failed to checkout and determine revision: unable to clone: couldn\'t find remote ref "refs/tags/prod-v9.9.9"',
        ],
        "a tag without a signature": [source, "InvalidTagSignature", "tag 'prod-v1.2.3' is not signed"],
    };
    for (const [name, [object, reason, message]] of Object.entries(lasting)) {
        it(`ends long before the time for ${name}`, async () => {
            answer(object, { reason, message });
            const { done, says } = await outcome(object, minute);
            assert.equal(done, false);
            assert.equal(says, `Flux says of ${object.kind} flux-system/apps: ${reason}: ${message}`);
        });
    }

    it("goes on if the rights of the account come between two tries", async () => {
        answer(kustomization, {
            reason: "ReconciliationFailed",
            message: 'HelmRelease/shop/web dry-run failed (Forbidden): helmreleases "web" is forbidden: User "apps"',
        });
        soon(() => {
            answer(kustomization, { status: "True", reason: "Succeeded", applied: wanted });
        });
        assert.equal((await outcome(kustomization, minute)).done, true);
    });

    const passing: Readonly<Record<string, readonly [typeof source, string, string]>> = {
        "a webhook whose pods are on their way": [
            kustomization,
            "ReconciliationFailed",
            'Certificate/shop/tls dry-run failed (InternalError): failed calling webhook "webhook.cert-manager.io": no endpoints available for service',
        ],
        "a kind whose definition an operator brings": [
            kustomization,
            "ReconciliationFailed",
            'ClusterIssuer/ca dry-run failed: no matches for kind "ClusterIssuer" in version "cert-manager.io/v1"',
        ],
        "a namespace that another Kustomization makes": [
            kustomization,
            "ReconciliationFailed",
            'Deployment/shop/web dry-run failed (NotFound): namespaces "shop" not found',
        ],
        "workloads that become healthy later": [
            kustomization,
            "HealthCheckFailed",
            "health check failed after 30s: timeout waiting for: [Deployment/shop/web status: 'InProgress']",
        ],
        "what it depends on": [
            kustomization,
            "DependencyNotReady",
            "dependency 'flux-system/infrastructure' not ready",
        ],
        "a deploy key that GitHub does not know yet": [
            source,
            "GitOperationFailed",
            "failed to checkout: unable to clone: ssh: handshake failed: ssh: unable to authenticate",
        ],
        "a network that is down": [source, "GitOperationFailed", "unable to list remote: dial tcp: i/o timeout"],
    };
    for (const [name, [object, reason, message]] of Object.entries(passing)) {
        it(`goes on for ${name}`, async () => {
            answer(object, { reason, message });
            soon(() => {
                answer(object, { status: "True", reason: "Succeeded", applied: wanted });
            });
            assert.equal((await outcome(object, minute)).done, true);
        });
    }

    const limits: readonly (readonly [string, string | undefined, number])[] = [
        ["Kustomization", "3m", 180],
        ["Kustomization", "10s", 15],
        ["GitRepository", "60s", 120],
        ["GitRepository", "30m", 3600],
        ["ImagePolicy", undefined, 120],
    ];
    for (const [kind, timeout, expected] of limits) {
        it(`lasts ${expected} s after the provider's own for a ${kind} with timeout ${timeout ?? "unset"}`, () => {
            assert.equal(limitOf({ kind, spec: timeout === undefined ? {} : { timeout } }), expected * 1000);
        });
    }
});
