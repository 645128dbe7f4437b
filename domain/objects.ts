/** An object of the release manifest, unchanged. */
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

/** An option of `fluxcd:flux` that does not fit the objects of the manifest. */
export interface Unfit {
    /** The path under `fluxcd:flux`, such as `featureGates.helm-controller`. */
    readonly option: string;
    readonly value: unknown;
    readonly expected: string;
}

/** The objects after an option was applied, and the parts of the option that do not fit them. */
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

/** The name of the controller that an object belongs to. */
export function componentOf({ metadata }: ManifestObject): string {
    return metadata.labels?.["app.kubernetes.io/component"] ?? metadata.name;
}

/** The container of a controller's Deployment that runs the controller. */
export function managerOf(deployment: Deployment): Container | undefined {
    // The manifest may be any file, so a Deployment in it need not have these fields.
    const { spec } = deployment as { spec?: { template?: { spec?: { containers?: readonly Container[] } } } };
    return spec?.template?.spec?.containers?.find(isManager);
}

/** The objects, with the pod template of each controller changed. */
export function changePods(objects: Objects, change: (pod: Pod, deployment: Deployment) => Pod): Objects {
    return objects.map((object) => (isDeployment(object) ? withPod(object, change) : object));
}

/** The objects, with the container of each controller changed. */
export function changeManagers(
    objects: Objects,
    change: (manager: Container, component: string) => Container,
): Objects {
    return changePods(objects, (pod, deployment) => ({
        ...pod,
        containers: pod.containers.map((it) => (isManager(it) ? change(it, componentOf(deployment)) : it)),
    }));
}

/**
 * The value of a flag; empty if the flag has no value, undefined if it is not given. If it is given twice, the last one
 * counts.
 */
export function argumentOf({ args = [] }: Container, flag: string): string | undefined {
    const found = args.findLast((argument) => isFlag(argument, flag));
    return found?.slice(`--${flag}=`.length);
}

/** The container with a flag set. A flag that was already given keeps its position. */
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
