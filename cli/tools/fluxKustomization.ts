import { readdir, readFile } from "node:fs/promises";
import { extname, join, posix } from "node:path";

import { parseDocument, type Tags } from "yaml";

/** The file that kustomize builds a folder with, as Flux writes it before. */
export interface Prepared {
    readonly file: string;
    /** The text before; undefined if Flux makes the file. */
    readonly original: string | undefined;
    /** The text that Flux builds with; undefined if it is not changed. */
    readonly text: string | undefined;
}

/** In the order in which kustomize looks for them. */
export const kustomizationFiles = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/**
 * What Flux does with a folder before kustomize builds it: it makes a kustomization of all manifests if there is none,
 * and sets the namespace. https://github.com/fluxcd/pkg/blob/kustomize/v1.35.6/kustomize/kustomize_generator.go
 */
export async function prepared(directory: string, targetNamespace: string | undefined): Promise<Prepared> {
    const own = await kustomizationIn(directory);
    const namespace = targetNamespace === undefined ? {} : { namespace: targetNamespace };
    if (own === undefined) {
        const resources = await manifestsIn(directory, ".");
        // kustomize refuses an empty kustomization, and Flux applies an empty folder: nothing.
        const content = resources.length > 0 ? { resources } : { namespace: "_placeholder" };
        const text = JSON.stringify({ ...header, ...content, ...namespace });
        return { file: join(directory, kustomizationFiles[0]), original: undefined, text };
    }
    const file = join(directory, own);
    const original = await readFile(file, "utf8");
    return { file, original, text: rewritten(original, namespace) };
}

/** The name of the folder's kustomization file; undefined if it has none. */
export async function kustomizationIn(directory: string): Promise<string | undefined> {
    const entries = await readdir(directory, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    return kustomizationFiles.find((name) => files.includes(name));
}

const header = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };

/** Every manifest below a folder, and each sub-folder with a kustomization as one resource. */
async function manifestsIn(directory: string, from: string): Promise<readonly string[]> {
    const entries = await readdir(directory, { withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
        const path = `${from}/${entry.name}`;
        if (entry.isDirectory()) {
            const inner = join(directory, entry.name);
            const own = await kustomizationIn(inner);
            found.push(...(own === undefined ? await manifestsIn(inner, path) : [path]));
        } else if ([".yaml", ".yml"].includes(extname(entry.name)) || /^\.ya?ml$/.test(entry.name)) {
            found.push(path);
        }
    }
    return found;
}

/** YAML as kustomize reads it: version 1.1, without its dates and times. */
const yaml11 = {
    version: "1.1",
    uniqueKeys: false,
    customTags: (tags: Tags) => tags.filter((tag) => typeof tag === "string" || !isTime(tag)),
} as const;

function isTime({ tag, format }: { readonly tag: string; readonly format?: string }): boolean {
    return tag === "tag:yaml.org,2002:timestamp" || format === "TIME";
}

/** Flux keeps the fields that it knows, and reads each value as the type that its field has. */
function rewritten(original: string, namespace: object): string | undefined {
    const document = parseDocument(original, yaml11);
    const content: unknown = document.errors.length > 0 ? undefined : document.toJS();
    if (typeof content !== "object" || Array.isArray(content)) {
        // kustomize says what is wrong.
        return undefined;
    }
    const given = Object.entries((content ?? {}) as Record<string, unknown>);
    const known = Object.fromEntries(given.filter(([key]) => fields.has(key.toLowerCase())));
    const resources = given.find(([key]) => key.toLowerCase() === "resources")?.[1];
    const isEmpty = !Array.isArray(resources) || resources.length === 0;
    const result = {
        ...header,
        ...(textsIn(known) as object),
        ...(isEmpty && { buildMetadata: ["originAnnotations"] }),
        ...namespace,
    };
    const isChanged =
        isEmpty || Object.keys(namespace).length > 0 || given.some(([key, value]) => isOtherIn(key, value));
    return isChanged ? JSON.stringify(result) : undefined;
}

function isOtherIn(key: string, value: unknown): boolean {
    return (
        !fields.has(key.toLowerCase()) || JSON.stringify(textsIn({ [key]: value })) !== JSON.stringify({ [key]: value })
    );
}

/** Numbers and booleans as text, except in the fields that are no text. */
function textsIn(value: unknown, key = ""): unknown {
    if (typeof value === "number" || typeof value === "boolean") {
        return String(value);
    }
    if (Array.isArray(value)) {
        return (value as unknown[]).map((item) => textsIn(item, key));
    }
    if (typeof value !== "object" || value === null || /^values(inline|local)$/.test(key)) {
        return value;
    }
    const entries = Object.entries(value as Record<string, unknown>).map(([name, inner]) => {
        const isText = !typed.has(name.toLowerCase());
        return [name, isText || typeof inner === "object" ? textsIn(inner, name.toLowerCase()) : inner] as const;
    });
    return Object.fromEntries(entries);
}

/** https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.1/api/types/kustomization.go, in lower case. */
const fields = new Set(
    [
        "apiversion kind metadata openapi nameprefix namesuffix namespace commonlabels labels commonannotations",
        "patchesstrategicmerge patchesjson6902 patches images imagetags replacements replicas vars sortoptions",
        "resources components crds bases configmapgenerator secretgenerator helmglobals helmcharts",
        "helmchartinflationgenerator generatoroptions configurations generators transformers validators buildmetadata",
    ].flatMap((line) => line.split(" ")),
);

/** The fields of kustomize's types that are a number or a boolean. */
const typed = new Set(
    [
        "count includeselectors includetemplates disablenamesuffixhash immutable allownamechange allowkindchange",
        "create index skiphooks includecrds skiptests debug devel",
    ].flatMap((line) => line.split(" ")),
);

/** A path from the root of a repository, without the leading `./` that Flux's paths often have. */
export function plainPath(path: string): string {
    return posix.normalize(path).replace(/^\.\/|\/$/g, "");
}
