import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, fieldPath, markReplaces, pathText, withoutIgnored } from "./diff.ts";
import { forceNew } from "./force-new.ts";
import { settingsOf } from "./config.ts";
import { kindOf } from "./object.ts";
import type { ValueMap } from "../values.ts";

const deployment = { apiVersion: "apps/v1", kind: "Deployment" };

const replaced = (before: ValueMap, now: ValueMap, config: ValueMap = {}) => {
    const kind = kindOf(now);
    const fields = forceNew(kind, now, settingsOf(config));
    return markReplaces(differences(before, now), fields, [before, now])
        .filter(({ replace }) => replace)
        .map(({ path }) => pathText(path));
};

void test("differences name the deepest path that differs", () => {
    const before = { spec: { replicas: 1, template: { containers: [{ image: "a", name: "c" }] } } };
    const now = { spec: { template: { containers: [{ image: "b", name: "c" }, { name: "d" }] }, paused: true } };
    assert.deepEqual(
        differences(before, now).map(({ path, change }) => `${change} ${pathText(path)}`),
        [
            "add spec.paused",
            "delete spec.replicas",
            "update spec.template.containers[0].image",
            "add spec.template.containers[1]",
        ],
    );
    assert.deepEqual(differences(now, structuredClone(now)), []);
});

void test("keys with dots are quoted, and read back", () => {
    const text = 'metadata.labels["app.kubernetes.io/name"]';
    assert.equal(pathText(["metadata", "labels", "app.kubernetes.io/name"]), text);
    assert.deepEqual(fieldPath(text.replaceAll('"', "")), ["metadata", "labels", "app.kubernetes.io/name"]);
    assert.deepEqual(fieldPath("spec.containers[0].image"), ["spec", "containers", 0, "image"]);
});

void test("ignored paths leave the diff with everything below them", () => {
    const all = differences({ spec: { a: { b: 1 }, c: 1 } }, { spec: { a: { b: 2 }, c: 2 } });
    const left = withoutIgnored(all, ["spec.a"]).map(({ path }) => pathText(path));
    assert.deepEqual(left, ["spec.c"]);
});

void test("a name, a namespace, a selector and a roleRef mean another object", () => {
    const object = {
        ...deployment,
        metadata: { name: "a" },
        spec: { selector: { matchLabels: { app: "a" } }, replicas: 1 },
    };
    assert.deepEqual(replaced(object, { ...object, metadata: { name: "b" } }), ["metadata.name"]);
    const selected = { ...object, spec: { selector: { matchLabels: { app: "b" } }, replicas: 2 } };
    assert.deepEqual(replaced(object, selected), ["spec.selector.matchLabels.app"]);
    const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", roleRef: { name: "a" } };
    assert.deepEqual(replaced(binding, { ...binding, roleRef: { name: "b" } }), ["roleRef.name"]);
    assert.deepEqual(replaced(object, { ...object, spec: { ...object.spec, replicas: 3 } }), []);
});

void test("a field that goes with its parent means another object too", () => {
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", spec: { storageClassName: "a" } };
    assert.deepEqual(replaced(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" }), ["spec"]);
});

void test("Secrets and ConfigMaps are replaced unless the provider says they are mutable", () => {
    const secret = { apiVersion: "v1", kind: "Secret", type: "Opaque", stringData: { a: "1" } };
    const changed = { ...secret, stringData: { a: "2" } };
    assert.deepEqual(replaced(secret, changed), ["stringData.a"]);
    assert.deepEqual(replaced(secret, changed, { enableSecretMutable: "true" }), []);
    assert.deepEqual(replaced(secret, { ...secret, type: "x" }, { enableSecretMutable: "true" }), ["type"]);
    const frozen = { ...changed, immutable: true };
    assert.deepEqual(replaced({ ...secret, immutable: true }, frozen, { enableSecretMutable: "true" }), [
        "stringData.a",
    ]);
    const map = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } };
    assert.deepEqual(replaced(map, { ...map, data: { a: "2" } }), ["data.a"]);
    assert.deepEqual(replaced(map, { ...map, data: { a: "2" } }, { enableConfigMapMutable: true }), []);
});
