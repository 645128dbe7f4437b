import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueMap } from "../../values.ts";
import { waitFor } from "./conditions.ts";

const annotated = (waiting: string): ValueMap => ({ metadata: { annotations: { "pulumi.com/waitFor": waiting } } });

const verdicts = (waiting: string, object: ValueMap) =>
    (waitFor(annotated(waiting)) ?? []).map((check) => check(object));

const ready = (status: string, observedGeneration = 2): ValueMap => ({
    metadata: { generation: 2 },
    status: { conditions: [{ type: "Ready", status, observedGeneration }] },
});

void test("a condition is waited for at the current generation", () => {
    assert.deepEqual(verdicts("condition=Ready", ready("True")), [{ ready: true }]);
    assert.deepEqual(verdicts("condition=ready=unknown", ready("Unknown")), [{ ready: true }]);
    assert.deepEqual(verdicts("condition=Ready", ready("Unknown")), [
        { ready: false, message: "Resource has condition Ready=Unknown (want True)" },
    ]);
    assert.deepEqual(verdicts("condition=Ready", ready("True", 1)), [
        { ready: false, message: "Generation 1 is less than expected 2" },
    ]);
    assert.deepEqual(verdicts("condition=Ready", {}), [
        { ready: false, message: "Has no .status.conditions", severity: "warning" },
    ]);
    assert.equal(waitFor({}), undefined);
});

const revision = (lastAppliedRevision: string): ValueMap => ({ status: { lastAppliedRevision } });
const applied = "jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, 'staging-v1[.]2[.]3@sha1:.*')]}";

void test("a filter tells one revision from another, and from none", () => {
    const [match] = verdicts(applied, revision("staging-v1.2.3@sha1:abc"));
    assert.equal(match?.ready, true);
    for (const other of [revision("staging-v1.2.30@sha1:abc"), { status: {} }, {}]) {
        const [verdict] = verdicts(applied, other);
        assert.equal(verdict?.ready, false);
        assert.match(verdict.message ?? "", /^\{\[\?@.*\} selected nothing$/);
    }
});

void test("a path with a value waits for that value, one without for anything", () => {
    const object = { metadata: { generation: 1 }, status: { observedGeneration: 1, phase: "Running", parts: [1] } };
    const told = (waiting: string) => verdicts(waiting, object).map(({ ready: fine, message }) => [fine, message]);
    assert.deepEqual(told("jsonpath={.status.phase}=Running"), [[true, "Found {.status.phase}=Running"]]);
    assert.deepEqual(told("jsonpath={.status.phase}=Done"), [
        [false, 'Waiting for {.status.phase}=Done (found "Running")'],
    ]);
    assert.deepEqual(told("jsonpath={.status.parts}"), [[true, "Found {.status.parts}"]]);
    assert.throws(() => told("jsonpath={.status.parts}=1"), /non-primitive/);
    const behind = { metadata: { generation: 2 }, status: { observedGeneration: 1, phase: "Running" } };
    assert.deepEqual(verdicts("jsonpath={.status.phase}=Running", behind), [{ ready: false }]);
});

void test("several conditions are a JSON list", () => {
    const both = JSON.stringify(["condition=Ready", "jsonpath={.status.conditions[0].type}=Ready"]);
    assert.deepEqual(
        verdicts(both, ready("True")).map((verdict) => verdict.ready),
        [true, true],
    );
});

void test("what cannot be waited for is said at once", () => {
    const refusals: [string, RegExp][] = [
        ["[]", /at least one condition/],
        ["Ready", /expected a "jsonpath=" or "condition=" prefix, got "Ready"/],
        ["jsonpath=.status.phase", /should be wrapped in brackets/],
        ["jsonpath='{.status.phase}'", /should omit shell quotes/],
        ["jsonpath={.status.phase}=", /requires a value/],
        ["jsonpath={.a}=b=c", /format should be/],
        ["jsonpath={.a[}", /parsing/],
    ];
    for (const [waiting, reason] of refusals) assert.throws(() => waitFor(annotated(waiting)), reason);
});
