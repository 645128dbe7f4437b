import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { commandOf, identityOf, marker } from "../identity.ts";
import { freePorts } from "../ports.ts";
import { isAlive, readJson, stop, tail, until, writeJson } from "../processes.ts";
import { ask, isReady } from "./api.ts";
import { type Access, readAccess } from "./kubeconfig.ts";
import { type ControlPlane, type KwokComponent, type Ports, kwokConfiguration, portNames } from "./kwok.ts";

export interface Component {
    name: string;
    pid?: number;
    identity?: string;
    version: string;
}

/** One kwokctl cluster under .lab/kwok. */
export class Cluster {
    readonly name: string;
    private readonly lab: string;
    private readonly directory: string;
    private readonly recordFile: string;

    constructor(lab: string, name: string) {
        this.lab = lab;
        this.name = name;
        this.directory = join(lab, "kwok", "clusters", name);
        this.recordFile = join(lab, "kwok", `${name}.json`);
    }

    /** Whether it was once created to the end; what a killed `up` left is not worth repairing. */
    get exists(): boolean {
        return readJson(this.recordFile) !== undefined;
    }

    get access(): Access {
        return readAccess(join(this.directory, "kubeconfig.yaml"));
    }

    /** Its parts, from kwokctl's own record; those without a pid do not run. */
    components(): Component[] {
        const [configuration] = parseAllDocuments(readFileSync(join(this.directory, "kwok.yaml"), "utf8"));
        const { components } = configuration?.toJS() as { components?: (KwokComponent & { version: string })[] };
        return (components ?? []).map(({ name, version }) => ({ name, version, ...this.running(name) }));
    }

    private running(component: string): { pid: number; identity: string } | undefined {
        const file = join(this.directory, "pids", `${component}.pid`);
        const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
        if (!pid || commandOf(pid)?.includes(this.directory) !== true) return undefined;
        const identity = identityOf(pid);
        return identity === undefined ? undefined : { pid, identity };
    }

    /** Created, started or left alone; returns whether anything was done. */
    async ensure(binaries: ControlPlane): Promise<boolean> {
        if (!this.exists) {
            await this.create(binaries);
            // A part whose port somebody took in the meantime has ended by now: another set of ports, once.
            if (await this.hasLostAPart()) await this.create(binaries);
        } else if (this.components().some(({ pid }) => pid === undefined)) {
            await this.start(binaries);
        } else if (await isReady(this.access)) {
            return false;
        }
        if (!(await until(() => isReady(this.access), 120))) {
            throw new Error(
                `Cluster ${this.name} does not become ready. The end of its API server's log:\n` +
                    `${tail(join(this.directory, "logs", "kube-apiserver.log"))}\nnpm run lab -- down, then up, makes it anew.`,
            );
        }
        await this.ensureNode();
        writeJson(this.recordFile, { name: this.name });
        return true;
    }

    private async hasLostAPart(): Promise<boolean> {
        await until(() => isReady(this.access), 120);
        return this.components().some(({ pid }) => pid === undefined);
    }

    private async create(binaries: ControlPlane): Promise<void> {
        await this.remove();
        const numbers = await freePorts(portNames.length);
        const ports = Object.fromEntries(portNames.map((name, index) => [name, numbers[index]])) as Ports;
        const configuration = join(this.lab, "kwok", `${this.name}.yaml`);
        mkdirSync(join(this.lab, "kwok"), { recursive: true });
        writeFileSync(configuration, kwokConfiguration(binaries, ports));
        await this.kwokctl(binaries, ["create", "cluster", "--config", configuration, "--kubeconfig", ""]);
    }

    private async start(binaries: ControlPlane): Promise<void> {
        // kwokctl takes any process with the remembered pid for its own.
        for (const { name, pid } of this.components()) {
            if (pid === undefined) rmSync(join(this.directory, "pids", `${name}.pid`), { force: true });
        }
        await this.kwokctl(binaries, ["start", "cluster"]);
    }

    private async kwokctl({ kwokctl }: ControlPlane, args: string[]): Promise<void> {
        const result = await execa(kwokctl, [...args, "--name", this.name], {
            env: { KWOK_WORKDIR: join(this.lab, "kwok"), HOME: join(this.lab, "kwok", "home"), [marker]: this.lab },
            reject: false,
            stdin: "ignore",
            all: true,
        });
        if (result.failed) {
            throw new Error(`Cluster ${this.name}: kwokctl ${args.slice(0, 2).join(" ")} failed.\n${result.all}`);
        }
    }

    private async ensureNode(): Promise<void> {
        const name = `${this.name}-node`;
        // An API server that had lost etcd says that it is ready before it answers for nodes.
        const asked = (path: string, options?: Parameters<typeof ask>[2]) =>
            ask(this.access, path, options).catch((error: unknown) => ({ status: 0, body: String(error) }));
        let said = "";
        const made = await until(async () => {
            const { status, body } = await asked("/api/v1/nodes", { method: "POST", body: node(name) });
            said = body;
            return status === 201 || status === 409;
        }, 120);
        if (!made) throw new Error(`Cluster ${this.name} refuses its node: ${said}`);
        const ready = await until(async () => {
            const { body } = await asked(`/api/v1/nodes/${name}`);
            return /"type":\s*"Ready",\s*"status":\s*"True"/.test(body);
        }, 120);
        if (!ready) throw new Error(`The node of cluster ${this.name} does not become Ready: see .lab/kwok/clusters.`);
    }

    /** Stops every part, whole cluster or half. The next `ensure` starts them again. */
    async stop(): Promise<void> {
        const pids = join(this.directory, "pids");
        const names = existsSync(pids) ? readdirSync(pids).map((file) => file.replace(/\.pid$/, "")) : [];
        const running = names.map((name) => this.running(name)).filter((process) => process !== undefined);
        await Promise.all(running.filter(isAlive).map((process) => stop(process, 2)));
    }

    /** Stops it and forgets it. */
    async remove(): Promise<void> {
        await this.stop();
        rmSync(this.recordFile, { force: true });
        rmSync(this.directory, { recursive: true, force: true });
    }
}

/** A node with room for Flux and the apps; kwok keeps it Ready. */
function node(name: string): unknown {
    const capacity = { cpu: "16", memory: "64Gi", "ephemeral-storage": "100Gi", pods: "110" };
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
            annotations: { "kwok.x-k8s.io/node": "fake" },
        },
        spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"] },
        status: {
            addresses: [{ type: "InternalIP", address: "192.0.2.10" }],
            allocatable: capacity,
            capacity,
        },
    };
}
