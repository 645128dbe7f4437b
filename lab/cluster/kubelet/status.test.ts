import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "./plain.ts";
import { type ContainerState, nextBackoff, podStatus } from "./status.ts";

const long = new Date("2026-01-01T00:00:00Z");
const now = new Date("2026-01-01T01:00:00Z");
const host = { podIP: "192.0.2.100", now };

const running: ContainerState = {
    name: "manager",
    image: "ghcr.io/fluxcd/source-controller:v1.9.6",
    restartCount: 0,
    ready: true,
    now: { running: { startedAt: long, containerID: "process://1" } },
};
const waiting: ContainerState = { ...running, ready: false, now: { waiting: { reason: "ContainerCreating" } } };
const crashed: ContainerState = {
    ...waiting,
    restartCount: 1,
    now: { waiting: { reason: "CrashLoopBackOff" } },
    last: { exitCode: 137, signal: 9, reason: "Error", startedAt: long, finishedAt: now, containerID: "process://1" },
};

const condition = (status: ReturnType<typeof podStatus>, type: string) =>
    status.conditions?.find((each) => each.type === type);

void test("a container that waits makes the pod Pending and not ready", () => {
    const status = podStatus({}, [waiting], host);
    assert.equal(status.phase, "Pending");
    assert.equal(condition(status, "Ready")?.status, "False");
    assert.equal(condition(status, "Ready")?.message, "containers with unready status: [manager]");
    assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: "ContainerCreating" } });
});

void test("a pod is ready when all its containers are", () => {
    assert.equal(condition(podStatus({}, [running], host), "Ready")?.status, "True");
    const status = podStatus({}, [running, { ...waiting, name: "other" }], host);
    assert.equal(condition(status, "Ready")?.message, "containers with unready status: [other]");
});

void test("a container that ended leaves its exit code, and the pod Running but not ready", () => {
    const status = podStatus({}, [crashed], host);
    const [container] = status.containerStatuses ?? [];
    assert.equal(status.phase, "Running");
    assert.equal(condition(status, "ContainersReady")?.status, "False");
    assert.equal(container?.restartCount, 1);
    assert.equal(container.lastState?.terminated?.exitCode, 137);
    assert.deepEqual(container.state, { waiting: { reason: "CrashLoopBackOff" } });
});

void test("a condition keeps its time until it changes, and what others wrote stays", () => {
    const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: long };
    const ready = { type: "Ready", status: "True", lastTransitionTime: long };
    const pod: Pod = { status: { conditions: [scheduled, ready], startTime: long } };
    const same = podStatus(pod, [running], host);
    assert.deepEqual(condition(same, "Ready"), ready);
    assert.deepEqual(condition(same, "PodScheduled"), scheduled);
    assert.equal(same.startTime, long);
    assert.equal(condition(podStatus(pod, [crashed], host), "Ready")?.lastTransitionTime, now);
});

void test("back-off doubles from ten seconds to five minutes and is forgiven after ten good minutes", () => {
    let backoff = nextBackoff(undefined, 1);
    const seen = [backoff];
    for (let crash = 0; crash < 6; crash++) seen.push((backoff = nextBackoff(backoff, 1)));
    assert.deepEqual(seen, [10, 20, 40, 80, 160, 300, 300]);
    assert.equal(nextBackoff(300, 601), 10);
});
