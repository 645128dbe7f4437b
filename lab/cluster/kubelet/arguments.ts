import { listenFlags, pathFlags } from "./controllers.ts";

export interface Mount {
    mountPath: string;
    hostPath: string;
}

/** Where things are on this host that has no pod network and no mounts. */
export interface Surroundings {
    mounts: Mount[];
    /** The host's port for a container's port. */
    ports: ReadonlyMap<number, number>;
    /** The host's address of a Service. */
    service: (service: ServiceReference) => string;
}

export interface ServiceReference {
    name: string;
    namespace: string;
    port: number;
}

/** The flags that listen, with the container port of each: as given, else the controller's default. */
export function listeners(controller: string, args: string[]): Map<string, number> {
    return new Map(
        Object.entries(listenFlags(controller)).map(([flag, byDefault]) => {
            const given = joined(args)
                .find((arg) => arg.startsWith(`${flag}=`))
                ?.split(":")
                .at(-1);
            return [flag, given === undefined ? byDefault : Number(given)];
        }),
    );
}

/** `--flag value` as `--flag=value`; none of the controllers takes an argument that belongs to no flag. */
function joined(args: string[]): string[] {
    const result: string[] = [];
    for (const arg of args) {
        const flag = result.at(-1);
        const isValue = !arg.startsWith("-") && flag?.startsWith("--") === true && !flag.includes("=");
        if (isValue) result.splice(-1, 1, `${flag}=${arg}`);
        else result.push(arg);
    }
    return result;
}

/**
 * The container's own arguments, changed only where they name an address or a path of the pod. Leader election goes,
 * because outside a pod the controllers cannot tell the namespace of their lease.
 */
export function rewriteArguments(controller: string, args: string[], where: Surroundings): string[] {
    const listen = listeners(controller, args);
    const byDefault = Object.entries(pathFlags[controller] ?? {}).map(([flag, path]) => `${flag}=${path}`);
    // The last of two is the one that counts.
    const kept = joined([...byDefault, ...args])
        .filter((arg) => !/^--enable-leader-election(=|$)/.test(arg))
        .filter((arg) => !listen.has(arg.split("=")[0] ?? ""))
        .map((arg) => {
            const [flag, ...value] = arg.split("=");
            return value.length === 0 ? arg : `${flag ?? ""}=${relocate(value.join("="), where)}`;
        });
    const addresses = [...listen].map(([flag, port]) => `${flag}=127.0.0.1:${where.ports.get(port) ?? port}`);
    return [...kept, ...addresses];
}

/** A value of an argument or variable as it must read on this host. */
export function relocate(value: string, { mounts, service }: Surroundings): string {
    const mount = mounts
        .filter(({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`))
        .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0];
    if (mount) return mount.hostPath + value.slice(mount.mountPath.length);
    return value.replace(clusterAddress, (_, name: string, namespace: string, port?: string) =>
        service({ name, namespace, port: Number(port ?? 80) }),
    );
}

/** In one of the two domains that the lab's clusters have, as their DNS may serve several; a name in any other is nobody's. */
const clusterAddress =
    /\b([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.(?:cluster\.local|lab\.internal))?\.?(?::(\d+))?(?=\/|$)/g;

/** The services a pod's arguments and variables speak of. */
export function mentionedServices(values: string[]): ServiceReference[] {
    return values
        .flatMap((value) => [...value.matchAll(clusterAddress)])
        .map(([, name = "", namespace = "", port]) => ({ name, namespace, port: Number(port ?? 80) }));
}

/** Kubernetes' own expansion: $(NAME), $$(NAME) for the plain text, unknown names stay as they are. */
export function expand(value: string, variables: Record<string, string>): string {
    return value.replace(/\$(\$)?\(([^)]+)\)/g, (text, escaped: string | undefined, name: string) =>
        escaped ? text.slice(1) : (variables[name] ?? text),
    );
}
