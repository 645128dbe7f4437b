import { type HandWork, inWords } from "../domain/handWork";
import type { Config } from "../config/parse";
import { componentOf } from "../domain/objects";
import { appliedFrom } from "../config/kustomizations";
import { type FieldManager, type Installed, isPulumis, type LiveObject } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";
import { readKustomizations, readSources } from "../clients/cluster";

/**
 * The prefix that the managers of manual changes get before an update, so that the Kubernetes provider does not take
 * over their fields.
 */
export const byHandPrefix = "by-hand/";

/** The manual changes in a cluster, which the program must not undo silently. */
export interface ByHand {
    readonly changes: readonly HandWork[];
    /** The GitRepositories and Kustomizations that were suspended by hand, each as `Kustomization apps`. */
    readonly suspended: ReadonlySet<string>;
    /** The names of the controllers that were scaled to zero by hand. */
    readonly scaledToZero: ReadonlySet<string>;
    /** The manual change that stops Flux for a source, by the name of the source. */
    readonly stops: Readonly<Record<string, HandWork>>;
}

/** The fields of a GitRepository, a Kustomization or a controller's Deployment that are read here. */
interface Live {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly FieldManager[];
    };
    readonly spec?: Readonly<Record<string, unknown>>;
}

/** Looks for manual changes of Flux's objects and controllers. Fails if the cluster does not answer. */
export async function lookForHandWork(config: Config, { controllers }: Installed): Promise<ByHand> {
    const [sources, kustomizations] = await Promise.all([
        readSources(config.context),
        readKustomizations(config.context),
    ]);
    return handWorkOf(
        [
            ...sources.filter(({ metadata: { name } }) => name in config.sources),
            ...kustomizations.filter(({ metadata: { name } }) => name in config.kustomizations),
            // The API server leaves out the kind of the items in a list.
            ...controllers.map((controller) => ({ ...controller, kind: "Deployment" })),
        ],
        config,
    );
}

/** The manual changes of objects that were already read. */
export function handWorkOf(
    objects: readonly Live[],
    { sources, kustomizations }: Pick<Config, "sources" | "kustomizations">,
): ByHand {
    const changes = objects.flatMap(handWork);
    const stopping = changes.filter(({ object, field }) => {
        const live = objects.find((it) => nameOf(it) === object);
        return field === "spec.suspend"
            ? live?.spec?.suspend === true
            : field === "spec.replicas" && live?.spec?.replicas === 0;
    });
    const suspensions = stopping.filter(({ field }) => field === "spec.suspend");
    const stopped = stopping.filter(({ field }) => field === "spec.replicas");
    const controllerOf = ({ object }: HandWork) => {
        const live = objects.find((it) => nameOf(it) === object);
        return live && componentOf(live as LiveObject);
    };
    const stops = Object.values(sources).flatMap(({ name, suspend }): [string, HandWork][] => {
        // The stack file has priority: `suspend: false` resumes Flux.
        const own = [
            ...(suspend === undefined ? [`GitRepository ${name}`] : []),
            ...appliedFrom(kustomizations, name)
                .filter((it) => it.suspend === undefined)
                .map((it) => `Kustomization ${it.name}`),
        ];
        const stop =
            suspensions.find(({ object }) => own.includes(object)) ??
            stopped.find((it) => ["source-controller", "kustomize-controller"].includes(controllerOf(it) ?? ""));
        return stop ? [[name, stop]] : [];
    });
    return {
        changes,
        suspended: new Set(suspensions.map(({ object }) => object)),
        scaledToZero: new Set(stopped.map(({ object }) => object.replace("Deployment ", ""))),
        stops: Object.fromEntries(stops),
    };
}

/** The fields of an object of the stack that were set by hand, and not by the stack's last update. */
export function handWork(object: Live): HandWork[] {
    const managedFields = object.metadata.managedFields ?? [];
    if (!isPulumis({ metadata: { name: object.metadata.name, managedFields } })) {
        return [];
    }
    const owned = new Set(managedFields.filter(isStacks).flatMap(fieldsOf));
    const named = managedFields.filter(isHand).flatMap((entry) =>
        fieldsOf(entry)
            .filter((field) => !owned.has(field) && !isPassing(field) && !isTakenBack(object, field))
            .map((field) => ({
                object: nameOf(object),
                field,
                manager: (entry.manager ?? "").replace(byHandPrefix, ""),
                since: entry.time === undefined ? undefined : new Date(entry.time).toISOString(),
            })),
    );
    const field = "spec.replicas";
    const isScaled = object.spec?.replicas === 0 && !owned.has(field) && !named.some((it) => it.field === field);
    // Scaling removes the field from its manager without recording a new one.
    return isScaled ? [...named, { object: nameOf(object), field, manager: undefined, since: undefined }] : named;
}

function nameOf({ kind, metadata: { name } }: Live): string {
    return `${kind} ${name}`;
}

function isStacks({ manager = "" }: FieldManager): boolean {
    return manager.startsWith("pulumi-kubernetes");
}

/**
 * Whether the writer is neither the stack nor a controller such as `kustomize-controller` or `kube-controller-manager`.
 */
function isHand(entry: FieldManager): boolean {
    return !isStacks(entry) && entry.subresource !== "status" && !(entry.manager ?? "").includes("controller");
}

/** Whether a field is an annotation with which a command requests something once. */
function isPassing(field: string): boolean {
    return /^metadata\.annotations\.(reconcile\.fluxcd\.io|deployment\.kubernetes\.io|kubectl\.kubernetes\.io)\//.test(
        field,
    );
}

/** Whether a suspension was taken back: the field then still belongs to the manager that took it back. */
function isTakenBack({ spec }: Live, field: string): boolean {
    return field === "spec.suspend" && spec?.suspend !== true;
}

/** The paths of managed fields. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
function fieldsOf({ fieldsV1 = {} }: FieldManager): string[] {
    const walk = (fields: object, path: string): string[] =>
        Object.entries(fields).flatMap(([key, inner]: [string, object]) => {
            if (key === ".") {
                return [];
            }
            const step = key.startsWith("f:") ? `${path === "" ? "" : "."}${key.slice(2)}` : `[${key.slice(2)}]`;
            const deeper = Object.keys(inner).filter((it) => it !== ".");
            return deeper.length === 0 ? [path + step] : walk(inner, path + step);
        });
    return walk(fieldsV1, "");
}

/** One warning with all manual changes and their fate; empty if there are none. */
export function handWorkWarnings({ context, flux }: Config, { changes }: ByHand): string[] {
    // An adopted Flux has fields of its earlier installer.
    const shown = changes.filter(({ field }) => flux.existing === "refuse" || /^spec\.(suspend|replicas)$/.test(field));
    return shown.length === 0
        ? []
        : [
              [
                  `Changed by hand in ${context}, and this update does not undo it:`,
                  ...shown.map(inWords),
                  "An update that writes the object restores the fields that the stack declares, and so does pulumi up --refresh.",
              ].join("\n    "),
          ];
}

/** The manifest without the replicas of controllers that were scaled to zero by hand: an update must not start them. */
export function leaveScaledToZero(
    manifest: readonly ManifestObject[],
    scaledToZero: ReadonlySet<string>,
): readonly ManifestObject[] {
    return manifest.map((object) => {
        if (object.kind !== "Deployment" || !scaledToZero.has(object.metadata.name)) {
            return object;
        }
        const { spec, ...rest } = object as ManifestObject & { readonly spec: { readonly replicas?: number } };
        const { replicas: _, ...kept } = spec;
        return { ...rest, spec: kept };
    });
}
