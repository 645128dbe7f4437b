import { setTimeout as pause } from "node:timers/promises";
import type { ContainerSpec, Probe } from "./plain.ts";

/** Asks once, as the pod's specification says, on the port that stands for the container's on this host. */
export async function probe(spec: Probe, port: number): Promise<boolean> {
    const { path = "/", httpHeaders = [] } = spec.httpGet ?? {};
    try {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
            headers: {
                connection: "close",
                ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
            },
            redirect: "manual",
            signal: AbortSignal.timeout((spec.timeoutSeconds ?? 1) * 1000),
        });
        await response.body?.cancel();
        return response.status >= 200 && response.status < 400;
    } catch {
        return false;
    }
}

/** The container port that a probe means, by number or by name. */
export function probedPort(spec: Probe, container: ContainerSpec): number {
    const port = spec.httpGet?.port;
    const named = container.ports?.find(({ name }) => name === port)?.containerPort;
    return named ?? Number(port);
}

/**
 * Reports readiness whenever it changes. A pod that starts is asked often, and a ready one every second at least,
 * whatever its period: the lab is watched by people and tests, and loopback requests cost nothing.
 */
export async function watchReadiness(
    spec: Probe | undefined,
    port: number,
    signal: AbortSignal,
    report: (ready: boolean) => void,
): Promise<void> {
    if (!spec) {
        report(true);
        return;
    }
    let ready = false;
    let failures = 0;
    while (!signal.aborted) {
        const succeeded = await probe(spec, port);
        failures = succeeded ? 0 : failures + 1;
        const next: boolean = ready ? failures < (spec.failureThreshold ?? 3) : succeeded;
        if (next !== ready && !isAborted(signal)) report(next);
        ready = next;
        const interval = ready ? Math.min(spec.periodSeconds ?? 10, 1) * 1000 : 100;
        await rest(failures > 0 && ready ? 100 : interval, signal);
    }
}

/** Returns when the container has failed its probe as often as the specification allows, or when the signal comes. */
export async function untilUnhealthy(spec: Probe, port: number, signal: AbortSignal): Promise<void> {
    await rest((spec.initialDelaySeconds ?? 0) * 1000, signal);
    for (let failures = 0; !signal.aborted;) {
        failures = (await probe(spec, port)) ? 0 : failures + 1;
        if (failures >= (spec.failureThreshold ?? 3)) return;
        await rest((spec.periodSeconds ?? 10) * 1000, signal);
    }
}

/** Waits, but no longer than until the signal. */
export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

function isAborted(signal: AbortSignal): boolean {
    return signal.aborted;
}
