import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueMap } from "../../values.ts";
import { hasEndpoints, needsEndpoints, readiness } from "./readiness.ts";

const check = (object: ValueMap) => readiness(object)?.(object);

const deployment = (status: ValueMap): ValueMap => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { generation: 2 },
    spec: { replicas: 2 },
    status,
});

const rolledOut = {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    conditions: [
        { type: "Available", status: "True" },
        { type: "Progressing", status: "True" },
    ],
};

void test("a Deployment is ready when its last change is rolled out", () => {
    assert.deepEqual(check(deployment(rolledOut)), { ready: true });
    const stale = { ...rolledOut, observedGeneration: 1 };
    const old = { ...rolledOut, replicas: 3 };
    const partly = { ...rolledOut, updatedReplicas: 1, availableReplicas: 1 };
    for (const status of [{}, stale, old, partly]) assert.equal(check(deployment(status))?.ready, false);
    const failing = { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "no pods" };
    assert.deepEqual(check(deployment({ ...rolledOut, availableReplicas: 0, conditions: [failing] })), {
        ready: false,
        message: "[MinimumReplicasUnavailable] no pods",
        severity: "warning",
    });
});

void test("CRDs are Established, namespaces Active, quotas counted", () => {
    const crd = (status: string): ValueMap => ({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        status: { conditions: [{ type: "Established", status }] },
    });
    assert.deepEqual([check(crd("True"))?.ready, check(crd("False"))?.ready], [true, false]);
    const namespace = (phase: string): ValueMap => ({ apiVersion: "v1", kind: "Namespace", status: { phase } });
    assert.deepEqual([check(namespace("Active"))?.ready, check(namespace("Terminating"))?.ready], [true, false]);
    const quota = (hard: ValueMap): ValueMap => ({
        apiVersion: "v1",
        kind: "ResourceQuota",
        spec: { hard: { pods: "1" } },
        status: { hard },
    });
    assert.deepEqual([check(quota({ pods: "1" }))?.ready, check(quota({}))?.ready], [true, false]);
});

void test("a failed Job is not waited for any longer", () => {
    const failed = { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" };
    const job = { apiVersion: "batch/v1", kind: "Job", status: { conditions: [failed] } };
    assert.throws(() => check(job), /\[BackoffLimitExceeded\] too often/);
});

void test("a kind that nobody runs is ready at once", () => {
    assert.equal(readiness({ apiVersion: "v1", kind: "ConfigMap" }), undefined);
});

void test("a Service waits for endpoints if it selects any", () => {
    const service = (spec: ValueMap): ValueMap => ({ apiVersion: "v1", kind: "Service", spec });
    assert.ok(needsEndpoints(service({ selector: { app: "a" }, clusterIP: "10.0.0.1" })));
    assert.ok(!needsEndpoints(service({ selector: { app: "a" }, clusterIP: "None" })));
    assert.ok(!needsEndpoints(service({ selector: { app: "a" }, type: "ExternalName" })));
    assert.ok(!needsEndpoints(service({})));
    const slice = (isReady: boolean): ValueMap => ({
        endpoints: [{ addresses: ["10.1.0.1"], conditions: { ready: isReady } }],
    });
    assert.deepEqual([hasEndpoints(slice(true)), hasEndpoints(slice(false)), hasEndpoints({})], [true, false, false]);
});
