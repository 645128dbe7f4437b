import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { marker } from "../../identity.ts";
import { freePorts } from "../../ports.ts";
import { type Mount, expand, listeners, mentionedServices, relocate, rewriteArguments } from "./arguments.ts";
import type { Controller } from "./controllers.ts";
import type { ContainerSpec, Pod } from "./plain.ts";
import type { Services } from "./services.ts";
import { resolveVariables } from "./variables.ts";

export interface Launch {
    lab: string;
    pod: Pod;
    container: ContainerSpec;
    controller: Controller;
    kubeconfig: string;
    directory: string;
    log: string;
    services: Services;
    /** Where the pod's claims lie, by the names of its volumes. */
    claims: ReadonlyMap<string, string>;
}

export interface Launched {
    child: ChildProcess;
    pid: number;
    /** The host's port for each of the container's. */
    ports: Map<number, number>;
}

/** Starts a container's program as a process of this host. */
export async function launch(options: Launch): Promise<Launched> {
    const { lab, pod, container, controller, kubeconfig, directory, services } = options;
    const mounts = makeMounts(options);
    const variables = resolveVariables(pod, container);
    const args = (container.args ?? []).map((arg) => expand(arg, variables));

    const wanted = new Set(listeners(controller.name, args).values());
    const free = await freePorts(wanted.size);
    const ports = new Map([...wanted].map((port, index) => [port, free[index] ?? 0]));
    const mentioned = mentionedServices([...args, ...Object.values(variables)]);
    await Promise.all(mentioned.map((service) => services.open(service)));
    const where = { mounts, ports, service: services.address };

    const home = join(directory, "home");
    mkdirSync(home, { recursive: true });
    mkdirSync(dirname(options.log), { recursive: true });
    const output = openSync(options.log, "a");
    const child = spawn(controller.executable, rewriteArguments(controller.name, args, where), {
        cwd: home,
        stdio: ["ignore", output, output],
        env: {
            PATH: "/usr/local/bin:/usr/bin:/bin",
            HOME: home,
            TMPDIR: mounts.find(({ mountPath }) => mountPath === "/tmp")?.hostPath ?? home,
            ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, relocate(value, where)])),
            KUBECONFIG: kubeconfig,
            [marker]: lab,
        },
    });
    closeSync(output);
    await once(child, "spawn");
    if (child.pid === undefined) throw new Error(`${controller.executable} could not be started.`);
    return { child, pid: child.pid, ports };
}

/** The pod's empty directories, which live as long as the pod, and its claims, which live longer. */
function makeMounts({ pod, container, directory, claims }: Launch): Mount[] {
    const empty = pod.spec?.volumes?.filter(({ emptyDir }) => emptyDir).map(({ name }) => name) ?? [];
    const paths = new Map([...empty.map((name) => [name, join(directory, "volumes", name)] as const), ...claims]);
    return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath = "" }) => {
        const path = paths.get(name);
        if (path === undefined) return [];
        const hostPath = join(path, subPath);
        mkdirSync(hostPath, { recursive: true });
        return [{ mountPath: mountPath.replace(/\/+$/, ""), hostPath }];
    });
}
