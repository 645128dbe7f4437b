import { constants } from "node:os";
import { rmSync } from "node:fs";
import { once } from "node:events";
import { identityOf } from "../../identity.ts";
import { stop, writeJson } from "../../processes.ts";
import { Refusal, type Controller, resolveImage, type Images } from "./controllers.ts";
import type { Launched } from "./launch.ts";
import type { ContainerSpec } from "./plain.ts";
import { probedPort, rest, untilUnhealthy, watchReadiness } from "./probe.ts";
import { type ContainerState, type Termination, nextBackoff } from "./status.ts";

export interface ContainerContext {
    images: Images;
    /** Everything outside the container that must be there before it starts; throws when it is not. */
    launch: (container: ContainerSpec, controller: Controller) => Promise<Launched>;
    /** Where the running process is written down, for `status` and for a kubelet that comes after this one. */
    recordFile: string;
    record: Record<string, unknown>;
    graceSeconds: number;
    changed: () => void;
}

/** One container of one pod: started, probed, and started again when it ends, until it is stopped. */
export class Container {
    readonly state: ContainerState;
    ports = new Map<number, number>();
    private readonly spec: ContainerSpec;
    private readonly context: ContainerContext;
    private readonly stopping = new AbortController();
    private readonly finished: Promise<void>;
    private pid: number | undefined;
    private identity = "";

    constructor(spec: ContainerSpec, context: ContainerContext, before: Pick<ContainerState, "restartCount" | "last">) {
        this.spec = spec;
        this.context = context;
        this.state = {
            name: spec.name,
            image: spec.image ?? "",
            now: { waiting: { reason: "ContainerCreating" } },
            ready: false,
            ...before,
        };
        this.finished = this.run();
    }

    /** Ends the process within the grace period and does not start it again. */
    async stop(graceSeconds = this.context.graceSeconds): Promise<void> {
        this.stopping.abort();
        await this.kill(graceSeconds);
        await this.finished;
        rmSync(this.context.recordFile, { force: true });
    }

    private changed(): void {
        const { now, ready, restartCount } = this.state;
        writeJson(this.context.recordFile, {
            ...this.context.record,
            state: "running" in now ? "Running" : now.waiting.reason,
            ready,
            restartCount,
            ...(this.pid === undefined ? {} : { pid: this.pid, identity: this.identity }),
            ports: Object.fromEntries(this.ports),
        });
        this.context.changed();
    }

    private isStopping(): boolean {
        return this.stopping.signal.aborted;
    }

    private async kill(graceSeconds: number): Promise<void> {
        const { pid, identity } = this;
        if (pid !== undefined) await stop({ pid, identity }, graceSeconds);
    }

    private async run(): Promise<void> {
        let backoff: number | undefined;
        for (;;) {
            const termination = await this.runOnce();
            if (this.isStopping()) return;
            if (!termination) {
                await rest(10_000, this.stopping.signal);
                if (this.isStopping()) return;
                continue;
            }
            const ran = (termination.finishedAt.getTime() - termination.startedAt.getTime()) / 1000;
            backoff = nextBackoff(backoff, ran);
            this.state.last = termination;
            this.wait("CrashLoopBackOff", `back-off ${backoff}s restarting failed container ${this.spec.name}`);
            await rest(backoff * 1000, this.stopping.signal);
            if (this.isStopping()) return;
            this.state.restartCount++;
        }
    }

    private wait(reason: string, message: string): void {
        this.state.now = { waiting: { reason, message } };
        this.state.ready = false;
        this.changed();
    }

    /** Runs the program until it ends; undefined when it could not even be started. */
    private async runOnce(): Promise<Termination | undefined> {
        let launched;
        try {
            launched = await this.context.launch(this.spec, resolveImage(this.state.image, this.context.images));
        } catch (error) {
            const reason = error instanceof Refusal ? error.reason : "CreateContainerError";
            this.wait(reason, error instanceof Error ? error.message : String(error));
            return undefined;
        }
        const { child, pid, ports } = launched;
        const startedAt = new Date();
        const containerID = `process://${pid}`;
        const exited = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
        this.pid = pid;
        this.identity = identityOf(pid) ?? "";
        this.ports = ports;
        this.state.now = { running: { startedAt, containerID } };
        this.changed();
        if (this.isStopping()) void this.kill(0);

        const over = new AbortController();
        this.probe(over.signal);
        await exited;
        over.abort();
        this.pid = undefined;
        this.ports = new Map();
        this.state.ready = false;
        const signal = child.signalCode === null ? undefined : constants.signals[child.signalCode];
        const exitCode = child.exitCode ?? 128 + (signal ?? 0);
        const reason = exitCode === 0 ? "Completed" : "Error";
        return { exitCode, signal, reason, startedAt, finishedAt: new Date(), containerID };
    }

    private probe(signal: AbortSignal): void {
        const { readinessProbe, livenessProbe } = this.spec;
        const portOf = (spec: typeof readinessProbe) => {
            const port = spec ? probedPort(spec, this.spec) : 0;
            return this.ports.get(port) ?? port;
        };
        void watchReadiness(readinessProbe, portOf(readinessProbe), signal, (ready) => {
            this.state.ready = ready && !this.isStopping();
            this.changed();
        });
        if (!livenessProbe) return;
        void untilUnhealthy(livenessProbe, portOf(livenessProbe), signal).then(async () => {
            if (!signal.aborted) await this.kill(this.context.graceSeconds);
        });
    }
}
