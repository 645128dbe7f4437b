import assert from "node:assert/strict";

import { byHandPrefix, handWork, handWorkOf, leaveScaledToZero } from "../../checks/handWork";
import { inWords } from "../../domain/handWork";
import { mapValues } from "../../domain/records";
import type { FieldManager } from "../../clients/installedFlux";

const time = "2026-01-31T12:00:00.000Z";
type Model = Parameters<typeof handWorkOf>[1];

/** The sources and Kustomizations that each stack has, and more, with what a stack file says of their suspension. */
function model(sources: Record<string, object> = {}, kustomizations: Record<string, object> = {}): Model {
    const entry = (it: object, name: string) => ({ name, suspend: undefined, ...it });
    const appliers = { infrastructure: { source: "infrastructure" }, apps: { source: "apps" }, ...kustomizations };
    return {
        sources: mapValues({ infrastructure: {}, apps: {}, ...sources }, entry),
        kustomizations: mapValues(appliers, entry),
    } as unknown as Model;
}

const stacks = (fieldsV1: object): FieldManager => ({ manager: "pulumi-kubernetes-1a2b3c4d", time, fieldsV1 });
const hand = (manager: string, fieldsV1: object, more: object = {}): FieldManager => ({
    ...{ manager, time, fieldsV1 },
    ...more,
});
const suspend = { "f:spec": { "f:suspend": {} } };
const replicas = { "f:spec": { "f:replicas": {} } };

function live(kind: string, name: string, spec: object, ...managedFields: FieldManager[]) {
    const labels = { "app.kubernetes.io/component": name };
    return { kind, metadata: { name, labels, managedFields }, spec: { ...spec } };
}

const apps = (spec: object, ...others: FieldManager[]) =>
    live("Kustomization", "apps", spec, stacks({ "f:spec": { "f:interval": {} } }), ...others);

describe("What people have changed by hand", () => {
    for (const manager of ["kubectl-patch", "kubectl-edit", "kubectl-client-side-apply", "flux", "k9s", "Mozilla"]) {
        it(`is named with the field, ${manager} and the time`, () => {
            assert.deepEqual(handWork(apps({ suspend: true }, hand(manager, suspend))), [
                { object: "Kustomization apps", field: "spec.suspend", manager, since: time },
            ]);
        });
    }

    it("keeps the name that its client gave after an update has set it apart", () => {
        const [work] = handWork(apps({ suspend: true }, hand(`${byHandPrefix}kubectl-patch`, suspend)));
        assert.equal(work && inWords(work), `Kustomization apps: spec.suspend, by kubectl-patch at ${time}`);
    });

    it("is neither what controllers write nor what commands ask for once", () => {
        const asked = { "f:metadata": { "f:annotations": { "f:reconcile.fluxcd.io/requestedAt": {} } } };
        const managers = [
            hand("kustomize-controller", { "f:metadata": { "f:finalizers": { ".": {}, 'v:"f"': {} } } }),
            hand("kube-controller-manager", { "f:status": { "f:replicas": {} } }, { subresource: "status" }),
            hand("flux", asked),
            hand("kubectl-annotate", asked),
        ];
        assert.deepEqual(handWork(apps({}, ...managers)), []);
    });

    it("is not what the stack has set to the same value", () => {
        assert.deepEqual(handWork(apps({}, hand("kubectl-edit", { "f:spec": { "f:interval": {} } }))), []);
    });

    it("is nothing on an object that the stack has never written", () => {
        assert.deepEqual(handWork(live("Kustomization", "apps", { suspend: true }, hand("flux", suspend))), []);
    });

    it("is named down to the element of a list", () => {
        const variable = { "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } } };
        const fields = { "f:spec": { "f:containers": { 'k:{"name":"manager"}': variable } } };
        const [{ field } = { field: "" }] = handWork(apps({}, hand("kubectl-set", fields)));
        assert.equal(field, 'spec.containers[{"name":"manager"}].env[{"name":"A"}].value');
    });
});

describe("A controller with no replicas", () => {
    const deployment = (...managers: FieldManager[]) =>
        live("Deployment", "helm-controller", { replicas: 0 }, ...managers);

    it("is named with who wrote it, if Kubernetes knows", () => {
        const [work] = handWork(deployment(stacks({}), hand("kubectl-patch", replicas)));
        assert.deepEqual([work?.field, work?.manager], ["spec.replicas", "kubectl-patch"]);
    });

    it("is named without who wrote it after a scale, which leaves no name", () => {
        const [work] = handWork(deployment(stacks({})));
        assert.equal(work && inWords(work), "Deployment helm-controller: spec.replicas, by whom is not recorded");
    });

    it("is no change by hand if the stack declares it", () => {
        assert.deepEqual(handWork(deployment(stacks(replicas))), []);
    });
});

describe("What stops Flux", () => {
    it("is a suspension of a source or of its Kustomization, each of its own source alone", () => {
        const found = handWorkOf(
            [apps({ suspend: true }, hand("flux", suspend)), live("GitRepository", "infrastructure", {})],
            model(),
        );
        assert.deepEqual([...found.suspended], ["Kustomization apps"]);
        assert.deepEqual(Object.keys(found.stops), ["apps"]);
        assert.equal(found.stops.apps?.manager, "flux");
    });

    it("is not a suspension that was taken back by hand", () => {
        const found = handWorkOf([apps({ suspend: false }, hand("kubectl-patch", suspend))], model());
        assert.deepEqual([found.suspended.size, found.stops, found.changes], [0, {}, []]);
    });

    const suspended = (kind: string, name: string) =>
        live(kind, name, { suspend: true }, stacks({ "f:spec": { "f:interval": {} } }), hand("flux", suspend));

    it("is of a third source its GitRepository or any of its Kustomizations", () => {
        const all = model({ platform: {} }, { platform: { source: "platform" }, charts: { source: "platform" } });
        for (const [kind, name] of [
            ["GitRepository", "platform"],
            ["Kustomization", "platform"],
            ["Kustomization", "charts"],
        ] as const) {
            const { stops } = handWorkOf([suspended(kind, name)], all);
            assert.deepEqual([Object.keys(stops), stops.platform?.object], [["platform"], `${kind} ${name}`]);
        }
    });

    for (const says of [false, true]) {
        it(`is no suspension of which the stack file says suspend: ${says}, though it is named`, () => {
            const found = handWorkOf([suspended("GitRepository", "apps")], model({ apps: { suspend: says } }));
            assert.deepEqual([found.stops, [...found.suspended]], [{}, ["GitRepository apps"]]);
            const other = model({}, { apps: { source: "apps", suspend: says } });
            assert.deepEqual(handWorkOf([suspended("Kustomization", "apps")], other).stops, {});
            assert.deepEqual(Object.keys(handWorkOf([suspended("GitRepository", "apps")], other).stops), ["apps"]);
        });
    }

    for (const [controller, stopped] of [
        ["kustomize-controller", ["infrastructure", "apps"]],
        ["source-controller", ["infrastructure", "apps"]],
        ["helm-controller", []],
    ] as const) {
        it(`is ${stopped.length > 0 ? "" : "not "}${controller} scaled to zero`, () => {
            // What `kubectl scale` leaves: a field that the stack has declared and that is nobody's any more.
            const deployment = live(
                "Deployment",
                controller,
                { replicas: 0 },
                stacks({ "f:spec": { "f:template": {} } }),
            );
            const found = handWorkOf([deployment], model());
            assert.deepEqual([...found.scaledToZero], [controller]);
            assert.deepEqual(Object.keys(found.stops), stopped);
        });
    }
});

describe("A controller that somebody has scaled to zero", () => {
    const deployment = (name: string) => ({
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "flux-system" } },
        spec: { replicas: 1, selector: {} },
    });

    it("is declared without its replicas, and the others with theirs", () => {
        const manifest = [deployment("helm-controller"), deployment("source-controller")];
        const left = leaveScaledToZero(manifest, new Set(["helm-controller"]));
        assert.deepEqual(
            left.map((object) => (object as unknown as { spec: object }).spec),
            [{ selector: {} }, { replicas: 1, selector: {} }],
        );
    });
});
