import { posix } from "node:path";

import { parseAllDocuments } from "yaml";

import type { Files } from "./files";

/** An object of a folder, as far as the checks need it. */
export interface OverlayObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string | undefined;
    readonly raw: Readonly<Record<string, unknown>>;
}

/** The objects that Flux would apply. */
export interface Overlay {
    readonly objects: readonly OverlayObject[];
    /** False if the folder uses something that only a build can resolve, such as a remote base. */
    readonly isComplete: boolean;
}

interface Kustomization {
    readonly resources?: readonly string[];
    readonly components?: readonly string[];
    readonly bases?: readonly string[];
    readonly namespace?: string;
    readonly namePrefix?: string;
    readonly nameSuffix?: string;
    readonly [field: string]: unknown;
}

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/** Each file is one request to GitHub. */
const atMost = 100;
const nothing: Overlay = { objects: [], isComplete: false };

/** Fields that make, remove or rename objects in ways that this reader does not follow. */
const unread = ["transformers", "generators", "replacements", "helmCharts", "helmChartInflationGenerator"];

/**
 * Reads the objects of a folder without building it: their kinds, names and namespaces, which is what the rights depend
 * on. It follows resources, components, namespaces and names, and says if there is more than that.
 */
export async function overlayOf(files: Files, folder: string, depth = 0): Promise<Overlay> {
    if (depth > 20) {
        return nothing;
    }
    const within = folder === "" ? files.paths : files.paths.filter((path) => path.startsWith(`${folder}/`));
    const file = names.map((name) => posix.join(folder, name)).find((path) => within.includes(path));
    if (within.length === 0) {
        return nothing;
    }
    if (file === undefined) {
        const parts = generated(within);
        return parts.length > atMost
            ? nothing
            : together(await Promise.all(parts.map((path) => read(files, path, depth))));
    }
    const [kustomization] = documents(await files.text(file)) ?? [];
    if (!kustomization) {
        return nothing;
    }
    const settings = kustomization as Kustomization;
    const listed = [settings.resources, settings.components, settings.bases].flatMap((list) => list ?? []);
    const parts = await Promise.all(
        listed.map(async (path) => (isRemote(path) ? nothing : read(files, posix.join(folder, path), depth))),
    );
    const { objects, isComplete } = together(parts);
    return {
        objects: objects.map((object) => renamed(object, settings)),
        isComplete: isComplete && (await isFollowed(files, folder, settings)),
    };
}

/** What Flux would list in a folder without a kustomization. A folder below with one is listed as a whole. */
function generated(within: readonly string[]): string[] {
    const owners = within
        .filter((path) => names.includes(posix.basename(path)))
        .map((path) => posix.dirname(path))
        .toSorted();
    const tops = owners.filter((it, at) => !owners.slice(0, at).some((top) => it.startsWith(`${top}/`)));
    const files = within.filter((path) => /\.ya?ml$/.test(path) && !tops.some((top) => path.startsWith(`${top}/`)));
    return [...files, ...tops];
}

async function read(files: Files, path: string, depth: number): Promise<Overlay> {
    const place = path.replace(/\/$/, "");
    if (!files.paths.includes(place)) {
        return overlayOf(files, place === "." ? "" : place, depth + 1);
    }
    const found = documents(await files.text(place));
    return found ? { objects: found.flatMap(objectsIn), isComplete: true } : nothing;
}

function documents(text: string | undefined): Readonly<Record<string, unknown>>[] | undefined {
    const parsed = text === undefined ? [] : parseAllDocuments(text, { logLevel: "silent" });
    if (text === undefined || [...parsed].some(({ errors }) => errors.length > 0)) {
        return undefined;
    }
    return [...parsed]
        .map((document) => document.toJS() as unknown)
        .filter((it): it is Readonly<Record<string, unknown>> => typeof it === "object" && it !== null);
}

function objectsIn(raw: Readonly<Record<string, unknown>>): OverlayObject[] {
    const { apiVersion, kind, metadata, items } = raw;
    if (Array.isArray(items) && String(kind).endsWith("List")) {
        return (items as Readonly<Record<string, unknown>>[]).flatMap(objectsIn);
    }
    const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown };
    return typeof apiVersion === "string" && typeof kind === "string" && typeof name === "string"
        ? [{ apiVersion, kind, name, namespace: typeof namespace === "string" ? namespace : undefined, raw }]
        : [];
}

/** A namespace of a kustomization renames a Namespace, and prefixes leave it as it is. */
function renamed(object: OverlayObject, { namespace, namePrefix = "", nameSuffix = "" }: Kustomization): OverlayObject {
    if (object.kind === "Namespace") {
        return { ...object, name: namespace ?? object.name };
    }
    const name = object.kind === "CustomResourceDefinition" ? object.name : `${namePrefix}${object.name}${nameSuffix}`;
    return { ...object, name, namespace: namespace ?? object.namespace };
}

async function isFollowed(files: Files, folder: string, settings: Kustomization): Promise<boolean> {
    if (unread.some((field) => settings[field] !== undefined)) {
        return false;
    }
    const patches = ["patches", "patchesStrategicMerge", "patchesJson6902"].flatMap((field) => settings[field] ?? []);
    const texts = await Promise.all(
        patches.map(async (patch) => {
            const path = typeof patch === "string" ? patch : (patch as { path?: unknown }).path;
            const file = typeof path === "string" ? posix.join(folder, path) : "";
            return `${JSON.stringify(patch)}${files.paths.includes(file) ? ((await files.text(file)) ?? "") : ""}`;
        }),
    );
    return !texts.some((text) => /\$patch|\/metadata\/name|\/kind\b/.test(text));
}

function isRemote(path: unknown): boolean {
    return typeof path !== "string" || /:\/\/|^git@|[?&]ref=|^github\.com\//.test(path);
}

function together(parts: readonly Overlay[]): Overlay {
    return {
        objects: parts.flatMap(({ objects }) => objects),
        isComplete: parts.every(({ isComplete }) => isComplete),
    };
}
