import assert from "node:assert/strict";
import { test } from "node:test";
import { unknown, type ValueMap } from "../values.ts";
import { complete, failures } from "./check.ts";
import { checkConfig } from "./config.ts";
import { diffConfig } from "./kubeconfig.ts";
import { adopted, withoutIgnoredFields } from "./managers.ts";
import { at, idOf, kindOfType, nameOf, parseId } from "./object.ts";
import { configure } from "./provider.ts";

const cancelled = new AbortController().signal;
const offline = await configure({ kubeconfig: "/nowhere/kubeconfig" }, cancelled);
const naming = {
    urn: "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::web",
    seed: Buffer.from("seed"),
    proposed: undefined,
};
const configMap = { apiVersion: "v1", kind: "ConfigMap" };

void test("a type token names its kind; what is no single object is refused", () => {
    assert.deepEqual(kindOfType("kubernetes:core/v1:Namespace"), { apiVersion: "v1", kind: "Namespace" });
    assert.deepEqual(kindOfType("kubernetes:apps/v1:Deployment"), { apiVersion: "apps/v1", kind: "Deployment" });
    const kustomization = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };
    assert.deepEqual(kindOfType("kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization"), kustomization);
    for (const type of [
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:yaml/v2:ConfigFile",
        "kubernetes:kustomize:Directory",
    ])
        assert.throws(() => kindOfType(type), new RegExp(`^Error: ${type}: .*single objects only`));
});

void test("ids are namespace and name", () => {
    assert.deepEqual(parseId("apps/web"), { namespace: "apps", name: "web" });
    assert.deepEqual(parseId("apps"), { namespace: "", name: "apps" });
    assert.equal(idOf({ metadata: { name: "web", namespace: "apps" } }), "apps/web");
});

void test("an object without a name gets one, the same in preview and update, and keeps it", async () => {
    const context = { provider: offline, naming };
    const named = await complete(configMap, {}, context);
    assert.match(nameOf(named), /^web-[0-9a-f]{8}$/);
    assert.equal(at(named, "metadata", "annotations", "pulumi.com/autonamed"), "true");
    assert.equal(at(named, "metadata", "namespace"), "default");
    assert.deepEqual(await complete(configMap, {}, context), named);
    const later = { provider: offline, naming: { ...naming, seed: Buffer.from("other") } };
    assert.equal(nameOf(await complete(configMap, named, later)), nameOf(named));
    const unnamed = { ...configMap, metadata: { name: unknown } };
    assert.equal(nameOf(await complete(unnamed, {}, context)), unknown);
    await assert.rejects(
        complete(configMap, {}, { provider: offline, naming: { ...naming, proposed: "" } }),
        /autonaming/,
    );
});

void test("a CRD loses what the server would drop", async () => {
    const crd = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "a.b", namespace: "x" },
        spec: { preserveUnknownFields: false, group: "b" },
        status: {},
    };
    const { spec, status } = await complete(crd, {}, { provider: offline, naming });
    assert.deepEqual([spec, status], [{ group: "b" }, undefined]);
});

void test("annotations that cannot be followed fail the check", () => {
    const annotations = { "pulumi.com/waitFor": "Ready", "pulumi.com/replaceUnready": "true" };
    const properties = failures({ metadata: { annotations } }).map(({ property }) => property);
    assert.deepEqual(properties, [
        'metadata.annotations["pulumi.com/replaceUnready"]',
        'metadata.annotations["pulumi.com/waitFor"]',
    ]);
});

void test("configuration it does not do is refused by name, strict mode wants a cluster named", () => {
    const urn = "urn:pulumi:dev::p::pulumi:providers:kubernetes::default_4_34_2";
    const reasons = (config: ValueMap, of = urn) =>
        checkConfig(of, config).map(({ property, reason }) => `${property}: ${reason}`);
    assert.deepEqual(reasons({ kubeconfig: "x", context: "y", version: "4.34.2", enableSecretMutable: "true" }), []);
    assert.match(reasons({ renderYamlToDirectory: "out" }).join(), /^renderYamlToDirectory: .*does not do/);
    assert.match(
        reasons({ enableServerSideApply: "false" }).join(),
        /^enableServerSideApply: .*server-side apply only/,
    );
    assert.deepEqual(reasons({ strictMode: "true", kubeconfig: "x" }), [
        ": strict mode prohibits default provider",
        'context: strict mode requires Provider "context" argument',
    ]);
});

const kubeconfig = (server: string) =>
    `{"clusters":[{"name":"c","cluster":{"server":"${server}"}}],"users":[{"name":"u","user":{}}],` +
    `"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"}`;

void test("only another cluster replaces what is on it", async () => {
    const here = { kubeconfig: kubeconfig("https://here") };
    assert.deepEqual(await diffConfig(here, { ...here, version: "5" }), { changed: [], replaces: [] });
    assert.deepEqual(await diffConfig(here, { ...here, context: "x" }), { changed: ["context"], replaces: [] });
    const moved = { changed: ["kubeconfig"], replaces: ["kubeconfig"] };
    assert.deepEqual(await diffConfig(here, { kubeconfig: kubeconfig("https://there") }), moved);
    assert.deepEqual(await diffConfig(here, { kubeconfig: unknown }), moved);
    const named = { clusterIdentifier: "one", kubeconfig: kubeconfig("https://there") };
    assert.deepEqual(await diffConfig({ ...here, clusterIdentifier: "one" }, named), {
        changed: ["kubeconfig"],
        replaces: [],
    });
});

void test("a cluster that cannot be named is unreachable, with the reason", async () => {
    assert.match(offline.unreachable, /failed to parse kubeconfig data .*\/nowhere\/kubeconfig: no such file/);
    const { unreachable } = await configure({ kubeconfig: kubeconfig("https://here"), context: "nope" }, cancelled);
    assert.match(unreachable, /context "nope" does not exist/);
});

const entry = (manager: string, operation: string, fieldsV1: ValueMap): ValueMap => ({ manager, operation, fieldsV1 });

void test("an update takes over what the creator and kubectl manage, and nothing of others", () => {
    const status = { ...entry("kubectl", "Update", { "f:status": {} }), subresource: "status" };
    const other = entry("kube-controller-manager", "Update", { "f:status": {} });
    const created = entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } });
    const edited = entry("kubectl", "Apply", { "f:data": { "f:b": {} } });
    const mine = entry("me", "Apply", { "f:data": { "f:c": {} } });
    const managedFields = [created, other, status, edited, mine];
    assert.deepEqual(adopted({ metadata: { managedFields } }, "me"), [
        other,
        status,
        entry("me", "Apply", { "f:data": { "f:c": {}, "f:a": {}, "f:b": {} } }),
    ]);
    assert.equal(adopted({ metadata: { managedFields: [other, mine] } }, "me"), undefined);
});

void test("an ignored field is left to its manager, or applied as it is", () => {
    const live = {
        spec: { replicas: 5, paused: true },
        metadata: { managedFields: [entry("hpa", "Update", { "f:spec": { "f:replicas": {} } })] },
    };
    const inputs = { spec: { replicas: 1, paused: false } };
    const left = withoutIgnoredFields(inputs, live, ["spec.replicas", "spec.paused"], "me");
    assert.deepEqual(left, { spec: { paused: true } });
});
