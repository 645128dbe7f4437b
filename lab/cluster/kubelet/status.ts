import type {
    V1ContainerStateTerminated,
    V1ContainerStatus,
    V1PodCondition,
    V1PodStatus,
} from "@kubernetes/client-node";
import type { Plain, Pod } from "./plain.ts";

/** How a container ended. */
export interface Termination {
    exitCode: number;
    signal?: number | undefined;
    reason: string;
    message?: string;
    startedAt: Date;
    finishedAt: Date;
    containerID?: string | undefined;
}

/** All that is known of a container; its status is computed from this alone. */
export interface ContainerState {
    name: string;
    image: string;
    restartCount: number;
    now: { waiting: { reason: string; message?: string } } | { running: { startedAt: Date; containerID: string } };
    ready: boolean;
    last?: Termination | undefined;
}

export function containerStatus(state: ContainerState): Plain<V1ContainerStatus> {
    const running = "running" in state.now ? state.now.running : undefined;
    const containerID = running?.containerID ?? state.last?.containerID;
    return {
        name: state.name,
        image: state.image,
        imageID: running ? state.image : "",
        ...(containerID === undefined ? {} : { containerID }),
        restartCount: state.restartCount,
        ready: state.ready,
        started: running !== undefined,
        state: running ? { running: { startedAt: running.startedAt } } : state.now,
        ...(state.last ? { lastState: { terminated: terminated(state.last) } } : {}),
    };
}

function terminated({ signal, message, containerID, ...rest }: Termination): Plain<V1ContainerStateTerminated> {
    return {
        ...rest,
        ...(signal === undefined ? {} : { signal }),
        ...(message === undefined ? {} : { message }),
        ...(containerID === undefined ? {} : { containerID }),
    };
}

/** The conditions that a kubelet writes; the others are the scheduler's and the controllers'. */
const own = new Set(["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"]);

/** The whole status of a pod as this kubelet knows it. */
export function podStatus(
    pod: Pod,
    containers: ContainerState[],
    host: { podIP: string; now: Date },
): Plain<V1PodStatus> {
    const started = containers.every((container) => "running" in container.now || container.last);
    const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
    const notReady =
        unready.length === 0
            ? {}
            : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
    const condition = (type: string, holds: boolean, because = {}): Plain<V1PodCondition> => {
        const status = holds ? "True" : "False";
        const before = pod.status?.conditions?.find((each) => each.type === type);
        const since = before?.status === status ? before.lastTransitionTime : undefined;
        return { type, status, lastTransitionTime: since ?? host.now, ...because };
    };
    const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !own.has(type));
    return {
        observedGeneration: pod.metadata?.generation ?? 0,
        phase: started ? "Running" : "Pending",
        startTime: pod.status?.startTime ?? host.now,
        podIP: host.podIP,
        podIPs: [{ ip: host.podIP }],
        conditions: [
            ...foreign,
            condition("PodReadyToStartContainers", started),
            condition("Initialized", true),
            condition("ContainersReady", unready.length === 0, notReady),
            condition("Ready", unready.length === 0, notReady),
        ],
        containerStatuses: containers.map(containerStatus),
    };
}

const firstBackoff = 10;
const longestBackoff = 300;
const forgivenAfter = 600;

/** Seconds to wait before the next start: doubled at each failure, forgiven after ten good minutes. */
export function nextBackoff(previous: number | undefined, ranSeconds: number): number {
    if (previous === undefined || ranSeconds > forgivenAfter) return firstBackoff;
    return Math.min(previous * 2, longestBackoff);
}
