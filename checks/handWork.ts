import { type HandWork, inWords } from "../domain/handWork";
import type { Config } from "../config/parse";
import { componentOf } from "../domain/objects";
import { type SourceName, sourceNames } from "../domain/release";
import { type FieldManager, type Installed, isPulumis, type LiveObject } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";
import { isNotFound, readKustomizations, readSources } from "../clients/cluster";

/** What a field's manager is renamed to before an update, so that the Kubernetes provider does not take its fields over. */
export const byHandPrefix = "by-hand/";

/** What people have changed in a cluster that this program must not undo without a word. */
export interface ByHand {
    readonly changes: readonly HandWork[];
    /** The GitRepositories and Kustomizations that somebody has suspended, each as `Kustomization apps`. */
    readonly suspended: ReadonlySet<string>;
    /** The controllers that somebody has scaled to zero, by name. */
    readonly scaledToZero: ReadonlySet<string>;
    /** Why Flux applies nothing of a source. */
    readonly stops: Readonly<Partial<Record<SourceName, HandWork>>>;
}

/** A GitRepository, a Kustomization or a controller's Deployment, as far as it is read here. */
interface Live {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly FieldManager[];
    };
    readonly spec?: Readonly<Record<string, unknown>>;
}

/** Looks for what people have changed on Flux's objects and controllers. Fails if the cluster does not answer. */
export async function lookForHandWork(config: Config, { controllers }: Installed): Promise<ByHand> {
    const none = (error: unknown): [] => {
        if (isNotFound(error)) {
            return [];
        }
        throw error;
    };
    const [sources, kustomizations] = await Promise.all([
        readSources(config.context).catch(none),
        readKustomizations(config.context).catch(none),
    ]);
    const { further } = config;
    const declared = {
        GitRepository: [...sourceNames.map((name) => config[name].repository), ...Object.keys(further.sources)],
        Kustomization: [...sourceNames, ...Object.keys(further.kustomizations)],
    };
    return handWorkOf(
        [
            ...sources.filter(({ metadata: { name } }) => declared.GitRepository.includes(name)),
            ...kustomizations.filter(({ metadata: { name } }) => declared.Kustomization.includes(name)),
            // The API server leaves the kind out of what it lists.
            ...controllers.map((controller) => ({ ...controller, kind: "Deployment" })),
        ],
        Object.fromEntries(sourceNames.map((name) => [name, config[name].repository])) as Record<SourceName, string>,
    );
}

/** The same of objects that were read. `repositories` are the GitRepositories of the sources. */
export function handWorkOf(objects: readonly Live[], repositories: Readonly<Record<SourceName, string>>): ByHand {
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
    const stops = sourceNames.flatMap((name): [SourceName, HandWork][] => {
        const own = [`GitRepository ${repositories[name]}`, `Kustomization ${name}`];
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

/** The fields of an object of the stack that people have set, and that the stack's own last update has not. */
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
    // A scale takes the field from its manager and names no other.
    return isScaled ? [...named, { object: nameOf(object), field, manager: undefined, since: undefined }] : named;
}

function nameOf({ kind, metadata: { name } }: Live): string {
    return `${kind} ${name}`;
}

function isStacks({ manager = "" }: FieldManager): boolean {
    return manager.startsWith("pulumi-kubernetes");
}

/** Neither the stack nor a controller, such as `kustomize-controller` or `kube-controller-manager`. */
function isHand(entry: FieldManager): boolean {
    return !isStacks(entry) && entry.subresource !== "status" && !(entry.manager ?? "").includes("controller");
}

/** Annotations by which commands ask for something once. */
function isPassing(field: string): boolean {
    return /^metadata\.annotations\.(reconcile\.fluxcd\.io|deployment\.kubernetes\.io|kubectl\.kubernetes\.io)\//.test(
        field,
    );
}

/** A suspension that is over leaves the field behind, with whoever ended it. */
function isTakenBack({ spec }: Live, field: string): boolean {
    return field === "spec.suspend" && spec?.suspend !== true;
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
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

/** What people have changed, in one warning; with it, what becomes of it. */
export function handWorkWarnings({ context, flux }: Config, { changes }: ByHand): string[] {
    // An adopted Flux has fields of whoever installed it.
    const shown = changes.filter(({ field }) => flux.existing === "refuse" || /^spec\.(suspend|replicas)$/.test(field));
    return shown.length === 0
        ? []
        : [
              [
                  `Changed by hand in ${context}, and this update leaves it so:`,
                  ...shown.map(inWords),
                  "A field that the stack declares is taken back when an update writes its object, and by pulumi up --refresh.",
              ].join("\n    "),
          ];
}

/** The manifest without the replicas of controllers that somebody has scaled to zero: an update must not start them. */
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
