/** An object of the release manifest, as it stands there. */
export interface ManifestObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
}

export type Objects = readonly ManifestObject[];

/** An option of `fluxcd:flux` that these objects cannot take. */
export interface Unfit {
    /** Its path under `fluxcd:flux`, such as `featureGates.helm-controller`. */
    readonly option: string;
    readonly value: unknown;
    readonly expected: string;
}

/** The objects as an option makes them, and what of it they cannot take. */
export interface Customized {
    readonly objects: Objects;
    readonly unfit: readonly Unfit[];
}

export interface Container {
    readonly name: string;
    readonly image?: string;
    readonly args?: readonly string[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly [field: string]: unknown;
}

export interface Pod {
    readonly containers: readonly Container[];
    readonly volumes?: readonly { readonly name: string }[];
    readonly imagePullSecrets?: readonly { readonly name: string }[];
    readonly tolerations?: readonly object[];
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
}

export interface Deployment extends ManifestObject {
    readonly spec: {
        readonly template: {
            readonly metadata?: {
                readonly labels?: Readonly<Record<string, string>>;
                readonly annotations?: Readonly<Record<string, string>>;
            };
            readonly spec: Pod;
            readonly [field: string]: unknown;
        };
        readonly [field: string]: unknown;
    };
}

export function isDeployment(object: ManifestObject): object is Deployment {
    return object.kind === "Deployment";
}

/** The controller that an object belongs to. */
export function componentOf({ metadata }: ManifestObject): string {
    return metadata.labels?.["app.kubernetes.io/component"] ?? metadata.name;
}

/** The container that every controller runs in. */
export function managerOf(deployment: Deployment): Container | undefined {
    // What a file says is a Deployment need not have the fields of one.
    const { spec } = deployment as { spec?: { template?: { spec?: { containers?: readonly Container[] } } } };
    return spec?.template?.spec?.containers?.find(isManager);
}

/** The objects with each controller's pod changed. */
export function changePods(objects: Objects, change: (pod: Pod, deployment: Deployment) => Pod): Objects {
    return objects.map((object) => (isDeployment(object) ? withPod(object, change) : object));
}

/** The objects with each controller's container changed. */
export function changeManagers(
    objects: Objects,
    change: (manager: Container, component: string) => Container,
): Objects {
    return changePods(objects, (pod, deployment) => ({
        ...pod,
        containers: pod.containers.map((it) => (isManager(it) ? change(it, componentOf(deployment)) : it)),
    }));
}

/** The value of a flag, empty where it stands alone; undefined where it is not given. The last one counts. */
export function argumentOf({ args = [] }: Container, flag: string): string | undefined {
    const found = args.findLast((argument) => isFlag(argument, flag));
    return found?.slice(`--${flag}=`.length);
}

/** The container with a flag set, in its place where it was given already. */
export function withArgument(container: Container, flag: string, value: string | number | boolean): Container {
    const { args = [] } = container;
    const argument = `--${flag}=${String(value)}`;
    const at = args.findIndex((it) => isFlag(it, flag));
    return {
        ...container,
        args: at < 0 ? [...args, argument] : [...args.slice(0, at), argument, ...without(args.slice(at), flag)],
    };
}

function without(args: readonly string[], flag: string): readonly string[] {
    return args.filter((argument) => !isFlag(argument, flag));
}

function isFlag(argument: string, flag: string): boolean {
    return argument === `--${flag}` || argument.startsWith(`--${flag}=`);
}

function isManager({ name }: Container): boolean {
    return name === "manager";
}

function withPod(deployment: Deployment, change: (pod: Pod, deployment: Deployment) => Pod): Deployment {
    const { spec } = deployment;
    const pod = change(spec.template.spec, deployment);
    return { ...deployment, spec: { ...spec, template: { ...spec.template, spec: pod } } };
}
