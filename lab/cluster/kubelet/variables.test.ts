import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal, resolveImage } from "./controllers.ts";
import type { ContainerSpec, Pod } from "./plain.ts";
import { assertSupported } from "./supported.ts";
import { quantity, resolveVariables } from "./variables.ts";

const container = (more: Partial<ContainerSpec> = {}): ContainerSpec => ({ name: "manager", ...more });
const pod = (more: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
    metadata: { name: "source-controller-1", namespace: "flux-system", labels: { app: "source-controller" } },
    spec: { containers: [container()], ...more },
});

void test("fields, resources and earlier variables", () => {
    const env = [
        { name: "RUNTIME_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: "GOMEMLIMIT", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
        { name: "GOMAXPROCS", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
        { name: "BOTH", value: "$(APP).$(RUNTIME_NAMESPACE)" },
    ];
    const resources = { limits: { memory: "1Gi", cpu: "1500m" } };
    assert.deepEqual(resolveVariables(pod(), container({ env, resources })), {
        RUNTIME_NAMESPACE: "flux-system",
        APP: "source-controller",
        GOMEMLIMIT: "1073741824",
        GOMAXPROCS: "2",
        BOTH: "source-controller.flux-system",
    });
});

void test("a variable from a Secret is refused, not left out", () => {
    const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }];
    assert.throws(() => resolveVariables(pod(), container({ env })), /TOKEN from secretKeyRef/);
});

void test("quantities", () => {
    assert.deepEqual(["64Mi", "1000m", "2", "1.5Gi", "3k"].map(quantity), [67108864, 1, 2, 1610612736, 3000]);
    assert.throws(() => quantity("much"), Refusal);
});

const images = { "source-controller": { "v1.9.6": "/bin/source-controller" } };

void test("an image is the controller and the version that were built", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    for (const image of [
        "ghcr.io/fluxcd/source-controller:v1.9.6",
        `mirror.example:5000/fluxcd/source-controller:v1.9.6@${digest}`,
    ]) {
        assert.equal(resolveImage(image, images).executable, "/bin/source-controller");
    }
});

for (const [image, message] of [
    ["ghcr.io/fluxcd/source-controller:v1.9.5", /built source-controller v1\.9\.6/],
    ["ghcr.io/fluxcd/source-controller", /no program/],
    ["ghcr.io/fluxcd/flagger:v1.9.6", /no program/],
    ["nginx:1", /no program/],
] as const) {
    void test(`${image} cannot be pulled`, () => {
        assert.throws(
            () => resolveImage(image, images),
            (error) => error instanceof Refusal && error.reason === "ErrImagePull" && message.test(error.message),
        );
    });
}

void test("Flux's own pods are supported", () => {
    const volumes = [
        { name: "data", emptyDir: {} },
        { name: "kube-api-access", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
    ];
    const readinessProbe = { httpGet: { port: "healthz", path: "/readyz" } };
    assertSupported(pod({ volumes, containers: [container({ readinessProbe, livenessProbe: readinessProbe })] }));
});

for (const [what, spec] of [
    ["init containers", { initContainers: [container()] }],
    ['the kind of volume "ca"', { volumes: [{ name: "ca", secret: { secretName: "ca" } }] }],
    ["restartPolicy Never", { restartPolicy: "Never" }],
    ["envFrom (container manager)", { containers: [container({ envFrom: [{}] })] }],
    ["command (container manager)", { containers: [container({ command: ["sh"] })] }],
    ["probes other than httpGet (container manager)", { containers: [container({ livenessProbe: { exec: {} } })] }],
] as const) {
    void test(`refuses ${what}`, () => {
        assert.throws(
            () => {
                assertSupported(pod(spec as Partial<NonNullable<Pod["spec"]>>));
            },
            (error) => error instanceof Refusal && error.message.includes(what),
        );
    });
}
