import assert from "node:assert/strict";
import { test } from "node:test";
import { askedIn } from "./cluster.ts";
import type { EngineEvent } from "./observed.ts";
import { bootstrapPhases, phasesOf, unchangedPhases } from "./phases.ts";

function event(at: number, kind: "resourcePreEvent" | "resOutputsEvent", type: string, name: string): EngineEvent {
    return { at, [kind]: { metadata: { op: "create", type, urn: `urn:pulumi:dev::fluxcd::${type}::${name}` } } };
}

const stack = "pulumi:pulumi:Stack";
const begin = [
    event(1, "resourcePreEvent", stack, "fluxcd-dev"),
    event(2, "resourcePreEvent", "pulumi:providers:pulumi", "default"),
    event(3, "resourcePreEvent", "pulumi:index:Stash", "release"),
];

void test("phases add up to the command's seconds, and a provider's start is no resource of the program", () => {
    const events = [...begin, event(6, "resOutputsEvent", stack, "fluxcd-dev")];
    const phases = phasesOf("up", unchangedPhases, { events, seconds: 6.5 });
    assert.deepEqual(phases, { "up.engine": 1, "up.program": 2, "up.resources": 3, "up.end": 0.5 });
});

void test("what ended beside the phase before it takes no time of its own", () => {
    const kubernetes = (kind: string) => `kubernetes:${kind}`;
    const events = [
        ...begin,
        event(4, "resOutputsEvent", "github:index/repository:Repository", "apps"),
        event(5, "resOutputsEvent", kubernetes("apiextensions.k8s.io/v1:CustomResourceDefinition"), "one"),
        event(6, "resOutputsEvent", kubernetes("apps/v1:Deployment"), "source-controller"),
        event(
            8,
            "resOutputsEvent",
            kubernetes("kustomize.toolkit.fluxcd.io/v1:Kustomization"),
            "infrastructure-kustomization",
        ),
        event(
            8.5,
            "resOutputsEvent",
            kubernetes("kustomize.toolkit.fluxcd.io/v1:Kustomization"),
            "infrastructure-configs-kustomization",
        ),
        event(9, "resOutputsEvent", kubernetes("kustomize.toolkit.fluxcd.io/v1:Kustomization"), "apps-kustomization"),
    ];
    const phases = phasesOf("up", bootstrapPhases, { events, seconds: 9 });
    assert.equal(phases["up.github"], 0);
    assert.equal(phases["up.infrastructure"], 2.5);
    assert.equal(phases["up.apps"], 0.5);
    assert.equal(
        Object.values(phases).reduce((sum, each) => sum + each, 0),
        9,
    );
});

void test("a milestone that never came is no phase of no time", () => {
    assert.throws(() => phasesOf("up", unchangedPhases, { events: begin, seconds: 4 }), /milestone resources/);
});

void test("writes of the program are counted, and neither dry runs, nor states, nor what others write", () => {
    const line = (labels: string, count: number) => `apiserver_request_total{code="200",${labels}} ${count}\n`;
    const metrics =
        line('dry_run="",resource="deployments",subresource="",verb="APPLY"', 2) +
        line('dry_run="All",resource="deployments",subresource="",verb="APPLY"', 4) +
        line('dry_run="",resource="kustomizations",subresource="status",verb="PATCH"', 8) +
        line('dry_run="",resource="leases",subresource="",verb="PUT"', 16) +
        line('dry_run="",resource="secrets",subresource="",verb="GET"', 32) +
        line('dry_run="",resource="secrets",subresource="",verb="WATCH"', 64);
    assert.deepEqual(askedIn(metrics), { reads: 36, writes: 2 });
});
