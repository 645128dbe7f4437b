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

describe("Changes by hand", () => {
    for (const manager of ["kubectl-patch", "kubectl-edit", "kubectl-client-side-apply", "flux", "k9s", "Mozilla"]) {
        it(`name the object, the field and the time, and the manager ${manager}`, () => {
            assert.deepEqual(handWork(apps({ suspend: true }, hand(manager, suspend))), [
                { object: "Kustomization apps", field: "spec.suspend", manager, since: time },
            ]);
        });
    }

    it("name the original manager after an update has renamed it", () => {
        const [work] = handWork(apps({ suspend: true }, hand(`${byHandPrefix}kubectl-patch`, suspend)));
        assert.equal(work && inWords(work), `Kustomization apps: spec.suspend, by kubectl-patch at ${time}`);
    });

    it("leave out fields that controllers write and one-time requests of commands", () => {
        const asked = { "f:metadata": { "f:annotations": { "f:reconcile.fluxcd.io/requestedAt": {} } } };
        const managers = [
            hand("kustomize-controller", { "f:metadata": { "f:finalizers": { ".": {}, 'v:"f"': {} } } }),
            hand("kube-controller-manager", { "f:status": { "f:replicas": {} } }, { subresource: "status" }),
            hand("flux", asked),
            hand("kubectl-annotate", asked),
        ];
        assert.deepEqual(handWork(apps({}, ...managers)), []);
    });

    it("leave out a field that the stack also sets to the same value", () => {
        assert.deepEqual(handWork(apps({}, hand("kubectl-edit", { "f:spec": { "f:interval": {} } }))), []);
    });

    it("leave out an object that the stack has never written", () => {
        assert.deepEqual(handWork(live("Kustomization", "apps", { suspend: true }, hand("flux", suspend))), []);
    });

    it("name a field of a list down to the list element", () => {
        const variable = { "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } } };
        const fields = { "f:spec": { "f:containers": { 'k:{"name":"manager"}': variable } } };
        const [{ field } = { field: "" }] = handWork(apps({}, hand("kubectl-set", fields)));
        assert.equal(field, 'spec.containers[{"name":"manager"}].env[{"name":"A"}].value');
    });
});

describe("A controller with zero replicas", () => {
    const deployment = (...managers: FieldManager[]) =>
        live("Deployment", "helm-controller", { replicas: 0 }, ...managers);

    it("names the manager that changed the replicas, if Kubernetes recorded it", () => {
        const [work] = handWork(deployment(stacks({}), hand("kubectl-patch", replicas)));
        assert.deepEqual([work?.field, work?.manager], ["spec.replicas", "kubectl-patch"]);
    });

    it("says that nobody is recorded if `kubectl scale` removed the manager of the replicas", () => {
        const [work] = handWork(deployment(stacks({})));
        assert.equal(work && inWords(work), "Deployment helm-controller: spec.replicas, by an unknown writer");
    });

    it("is not a change by hand if the stack declares its replicas", () => {
        assert.deepEqual(handWork(deployment(stacks(replicas))), []);
    });
});

describe("The sources that Flux cannot deliver", () => {
    it("are those with a suspended Kustomization, and no others", () => {
        const found = handWorkOf(
            [apps({ suspend: true }, hand("flux", suspend)), live("GitRepository", "infrastructure", {})],
            model(),
        );
        assert.deepEqual([...found.suspended], ["Kustomization apps"]);
        assert.deepEqual(Object.keys(found.stops), ["apps"]);
        assert.equal(found.stops.apps?.manager, "flux");
    });

    it("do not include a source whose suspension was taken back by hand", () => {
        const found = handWorkOf([apps({ suspend: false }, hand("kubectl-patch", suspend))], model());
        assert.deepEqual([found.suspended.size, found.stops, found.changes], [0, {}, []]);
    });

    const suspended = (kind: string, name: string) =>
        live(kind, name, { suspend: true }, stacks({ "f:spec": { "f:interval": {} } }), hand("flux", suspend));

    it("include a third source if its GitRepository or any of its Kustomizations is suspended", () => {
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
        it(`do not include a suspended source if the stack file says suspend: ${says}`, () => {
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
        it(`are ${stopped.length > 0 ? "all sources" : "no sources"} if ${controller} is scaled to zero`, () => {
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

describe("A controller that somebody scaled to zero", () => {
    const deployment = (name: string) => ({
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "flux-system" } },
        spec: { replicas: 1, selector: {} },
    });

    it("is declared without replicas, and the other controllers keep theirs", () => {
        const manifest = [deployment("helm-controller"), deployment("source-controller")];
        const left = leaveScaledToZero(manifest, new Set(["helm-controller"]));
        assert.deepEqual(
            left.map((object) => (object as unknown as { spec: object }).spec),
            [{ selector: {} }, { replicas: 1, selector: {} }],
        );
    });
});
