import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecret, plain, secret, type ValueMap } from "../values.ts";
import { inputsOf, keepSecrets, parseInputs, parseState, refreshed, writeState } from "./state.ts";

const deployment = (cpu: string, replicas: number): ValueMap => ({
    spec: { replicas, containers: [{ name: "c", cpu }] },
});

void test("state comes back as it was written, without marks", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } };
    const live = { ...inputs, metadata: { uid: "u" } };
    const state = { inputs, live, fieldManager: "pulumi-kubernetes-0a1b2c3d", initialApiVersion: "v1" };
    const written = writeState(state, { ...inputs, data: { a: secret("b") } });
    assert.ok(isSecret((written.data as ValueMap).a));
    assert.ok(isSecret(((written.__inputs as ValueMap).data as ValueMap).a));
    assert.deepEqual(parseState(written), state);
});

void test("the fields that the SDK cannot spell are respelled both ways", () => {
    const schema = { x_kubernetes_list_map_keys: ["x_kubernetes_y"], properties: { x_y: {} } };
    const inputs = parseInputs({ schema, gone: null });
    assert.deepEqual(inputs, { schema: { "x-kubernetes-list-map-keys": ["x_kubernetes_y"], properties: { x_y: {} } } });
    const written = writeState({ inputs, live: inputs, fieldManager: "", initialApiVersion: "" }, {});
    assert.deepEqual(written.schema, schema);
});

void test("a Secret's data is secret whatever the program says", () => {
    const object = { apiVersion: "v1", kind: "Secret", data: { key: "c2VjcmV0" }, stringData: { key: "secret" } };
    const kept = keepSecrets(object, object);
    assert.ok(isSecret(kept.data) && isSecret(kept.stringData));
    assert.deepEqual(plain(kept), object);
    assert.deepEqual(keepSecrets({ a: [1], b: 2 }, { a: [secret(1)], b: 2 }), { a: secret([1]), b: 2 });
});

void test("a refresh keeps the program's spelling where nothing drifted", () => {
    const inputs = deployment("1000m", 1);
    assert.deepEqual(refreshed(inputs, deployment("1", 1), deployment("1", 1)), inputs);
    assert.deepEqual(refreshed(inputs, deployment("1", 1), deployment("1", 5)), deployment("1000m", 5));
    assert.deepEqual(refreshed(inputs, deployment("1", 1), deployment("2", 1)), deployment("2", 1));
    assert.deepEqual(refreshed({ data: { a: "1", b: "2" } }, { data: { a: "1", b: "2" } }, { data: { a: "1" } }), {
        data: { a: "1" },
    });
});

void test("drift of a Secret shows in the stringData it came from", () => {
    const inputs = { apiVersion: "v1", kind: "Secret", stringData: { a: "1", b: "2", c: "3" } };
    const encoded = (values: Record<string, string>): ValueMap => ({
        data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)])),
    });
    const now = refreshed(inputs, encoded({ a: "1", b: "2", c: "3" }), encoded({ a: "1", b: "x" }));
    assert.deepEqual(now.stringData, { a: "1", b: "x" });
});

void test("an import takes nothing that is the server's", () => {
    const metadata = {
        name: "a",
        uid: "u",
        generation: 1,
        managedFields: [],
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "1" },
    };
    const live = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" }, status: {} };
    const inputs = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", annotations: { mine: "1" } },
        data: { a: "1" },
    };
    assert.deepEqual(inputsOf(live), inputs);
});
