/** A container that the kubelet will not run, and why, in the words that Kubernetes has for it. */
export class Refusal extends Error {
    readonly reason: string;

    constructor(reason: string, message: string) {
        super(message);
        this.reason = reason;
    }
}

/** Built controllers: name, version, executable. */
export type Images = Record<string, Record<string, string>>;

export interface Controller {
    name: string;
    version: string;
    executable: string;
}

/** The executable of an image, by the last part of its repository and by its tag: only what was built can be pulled. */
export function resolveImage(image: string, images: Images): Controller {
    const match = /^(?:.*\/)?fluxcd\/(?<name>[a-z-]+):(?<version>[\w.-]+)(?:@sha256:[0-9a-f]{64})?$/.exec(image);
    const { name = "", version = "" } = match?.groups ?? {};
    const versions = images[name];
    if (!versions) {
        const known = Object.keys(images).join(", ");
        throw new Refusal("ErrImagePull", `The lab has no program for the image "${image}"; it has Flux's ${known}.`);
    }
    const executable = versions[version];
    if (executable === undefined) {
        const known = Object.keys(versions).join(", ");
        throw new Refusal("ErrImagePull", `The lab built ${name} ${known}, so it cannot pull "${image}".`);
    }
    return { name, version, executable };
}

/** Flags by which a controller listens, and the container port that is the flag's default. */
const listening: Record<string, Record<string, number>> = {
    "source-controller": { "--storage-addr": 9090 },
    "source-watcher": { "--storage-addr": 9090 },
    "notification-controller": { "--events-addr": 9090, "--receiverAddr": 9292 },
};

export function listenFlags(controller: string): Record<string, number> {
    return { "--metrics-addr": 8080, "--health-addr": 9440, ...listening[controller] };
}

/** Flags that name a path of the pod without being given, and that path. */
export const pathFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "image-reflector-controller": { "--storage-path": "/data" },
};
