import { type CoreV1Api, PatchStrategy, type V1ContainerStatus, setHeaderOptions } from "@kubernetes/client-node";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { actAsServiceAccount, type Server } from "./account.ts";
import { claimedPaths } from "./claims.ts";
import { Container } from "./container.ts";
import type { Images } from "./controllers.ts";
import { launch } from "./launch.ts";
import type { Plain, Pod } from "./plain.ts";
import { rest } from "./probe.ts";
import type { Services } from "./services.ts";
import { type Termination, podStatus } from "./status.ts";
import { assertSupported } from "./supported.ts";

export interface PodContext {
    lab: string;
    cluster: string;
    server: Server;
    api: CoreV1Api;
    images: Images;
    services: Services;
    podIP: string;
}

/** One pod of this kubelet, from its scheduling to the removal of its object. */
export class RealPod {
    readonly containers: Container[];
    readonly podIP: string;
    private pod: Pod;
    private readonly context: PodContext;
    private readonly directory: string;
    private readonly over = new AbortController();
    private kubeconfig: Promise<string> | undefined;
    private ending: Promise<void> | undefined;
    private publishing: Promise<void> | undefined;
    private dirty = false;

    constructor(pod: Pod, context: PodContext) {
        this.pod = pod;
        this.context = context;
        this.podIP = context.podIP;
        this.directory = join(context.lab, "pods", context.cluster, this.uid);
        const { terminationGracePeriodSeconds: graceSeconds = 30, containers = [] } = pod.spec ?? {};
        this.containers = containers.map((spec) => {
            const before = pod.status?.containerStatuses?.find(({ name }) => name === spec.name);
            return new Container(
                spec,
                {
                    images: context.images,
                    graceSeconds,
                    recordFile: join(context.lab, "run", "pods", context.cluster, `${this.uid}-${spec.name}.json`),
                    record: {
                        cluster: context.cluster,
                        namespace: this.namespace,
                        deployment: deploymentOf(pod),
                        pod: this.name,
                        container: spec.name,
                        image: spec.image,
                        log: this.log,
                    },
                    launch: (container, controller) => this.launch(container, controller),
                    changed: () => {
                        this.publish();
                    },
                },
                restartsBefore(before),
            );
        });
        this.publish();
    }

    private get name(): string {
        return this.pod.metadata?.name ?? "";
    }

    private get namespace(): string {
        return this.pod.metadata?.namespace ?? "";
    }

    private get uid(): string {
        return this.pod.metadata?.uid ?? "";
    }

    private get log(): string {
        return join(this.context.lab, "log", `${this.context.cluster}-${deploymentOf(this.pod)}.log`);
    }

    private async launch(...[container, controller]: Parameters<ConstructorParameters<typeof Container>[1]["launch"]>) {
        assertSupported(this.pod);
        const { api, server, lab, services } = this.context;
        this.kubeconfig ??= actAsServiceAccount(api, server, this.pod, {
            directory: this.directory,
            signal: this.over.signal,
        });
        const kubeconfig = await this.kubeconfig.catch((error: unknown) => {
            this.kubeconfig = undefined;
            throw error;
        });
        const { directory, log, pod } = this;
        const claims = await claimedPaths(api, pod);
        return launch({ lab, pod, container, controller, kubeconfig, directory, log, services, claims });
    }

    /** The host's port of a container port, by number or name, while the pod is ready. */
    readyPort(port: string | number): number | undefined {
        if (!this.containers.every(({ state }) => state.ready)) return undefined;
        const spec = this.pod.spec?.containers.flatMap(({ ports = [] }) => ports);
        const containerPort = spec?.find(({ name }) => name === port)?.containerPort ?? Number(port);
        return this.containers.map(({ ports }) => ports.get(containerPort)).find((found) => found !== undefined);
    }

    matches(namespace: string, selector: Record<string, string>): boolean {
        const labels = this.pod.metadata?.labels ?? {};
        return this.namespace === namespace && Object.entries(selector).every(([key, value]) => labels[key] === value);
    }

    /** Takes the newest object; one that is being deleted ends the pod in its grace period. */
    update(pod: Pod): void {
        this.pod = pod;
        if (!pod.metadata?.deletionTimestamp) return;
        this.ending ??= this.end(pod.metadata.deletionGracePeriodSeconds ?? 30).then(() => this.removeObject());
    }

    /** Its empty directories end with the pod, not with a kubelet. */
    forget(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }

    /** Ends the processes; the object is somebody else's matter, or gone already. */
    async end(graceSeconds: number): Promise<void> {
        this.over.abort();
        await Promise.all(this.containers.map((container) => container.stop(graceSeconds)));
    }

    private async removeObject(): Promise<void> {
        const { name, namespace } = this;
        await this.retry(() => this.context.api.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }));
    }

    /** Writes the status as it is by then; changes that come while one is being written are written together. */
    private publish(): void {
        this.dirty = true;
        this.publishing ??= this.publishAll().finally(() => {
            this.publishing = undefined;
        });
    }

    private async publishAll(): Promise<void> {
        await Promise.resolve();
        while (this.dirty) {
            this.dirty = false;
            const { name, namespace, uid } = this;
            const { api } = this.context;
            const states = this.containers.map(({ state }) => state);
            const status = podStatus(this.pod, states, { podIP: this.podIP, now: new Date() });
            const written = await this.retry(() =>
                api.patchNamespacedPodStatus(
                    { name, namespace, body: { metadata: { uid }, status } },
                    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
                ),
            );
            if (written?.status) this.pod = { ...this.pod, status: written.status };
        }
    }

    /** Until it succeeds or there is no such object any more. */
    private async retry<T>(request: () => Promise<T>): Promise<T | undefined> {
        for (;;) {
            try {
                return await request();
            } catch (error) {
                const code = (error as { code?: number }).code;
                if (code === 404 || code === 409) return undefined;
                console.error(`${this.context.cluster}/${this.name}:`, error instanceof Error ? error.message : error);
                if (code === 422) return undefined;
                await rest(1000, new AbortController().signal);
            }
        }
    }
}

/** A ReplicaSet's name is its Deployment's and the template's hash. */
export function deploymentOf(pod: Pod): string {
    const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === "ReplicaSet")?.name ?? pod.metadata?.name;
    const hash = pod.metadata?.labels?.["pod-template-hash"];
    return hash !== undefined && owner?.endsWith(`-${hash}`) ? owner.slice(0, -hash.length - 1) : (owner ?? "");
}

/** What a kubelet before this one left: a container that it had started is started once more. */
function restartsBefore(before: Plain<V1ContainerStatus> | undefined): {
    restartCount: number;
    last?: Termination | undefined;
} {
    if (!before) return { restartCount: 0 };
    const { terminated } = before.lastState ?? {};
    const running = before.state?.running;
    if (!running) return { restartCount: before.restartCount, last: terminated as Termination | undefined };
    return {
        restartCount: before.restartCount + 1,
        last: {
            exitCode: 137,
            reason: "ContainerStatusUnknown",
            message: "The container could not be located when the kubelet started.",
            startedAt: running.startedAt ?? new Date(),
            finishedAt: new Date(),
            containerID: before.containerID,
        },
    };
}
