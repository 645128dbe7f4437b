import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

import { parseAllDocuments } from "yaml";

import { kustomizationIn } from "./fluxKustomization";

/** What the kustomizations of a folder read, directly and through others. */
export interface References {
    /** Paths outside the root. Flux reads none of them. */
    readonly outside: readonly string[];
    /** Addresses of other repositories and files. */
    readonly remote: readonly string[];
    /** Paths from the root, whether they exist or not. */
    readonly inside: readonly string[];
}

/** Follows the fields of kustomizations, and of the configurations of kustomize's own plugins, that name files. */
export async function referencesOf(root: string, directory: string): Promise<References> {
    const [outside, remote, inside] = [new Set<string>(), new Set<string>(), new Set<string>()];
    const seen = new Set<string>();

    async function visit(folder: string): Promise<void> {
        const own = seen.has(folder) ? undefined : await kustomizationIn(folder);
        seen.add(folder);
        if (own !== undefined) {
            for (const each of documentsIn(await readFile(join(folder, own), "utf8"))) {
                await followAll(folder, namedIn(each));
                for (const plugin of listsIn(each, ["generators", "transformers", "validators"])) {
                    await visitPlugin(folder, plugin);
                }
            }
        }
    }

    async function visitPlugin(folder: string, entry: string): Promise<void> {
        const file = entry.includes("\n") ? undefined : await follow(folder, entry);
        const text = file === undefined ? entry : await readFile(file, "utf8").catch(() => "");
        for (const each of entry.includes("\n") || file !== undefined ? documentsIn(text) : []) {
            await followAll(folder, [...pathsIn(each), ...listsIn(each, ["paths"]), ...namedIn(each)]);
        }
    }

    async function followAll(folder: string, names: readonly string[]): Promise<void> {
        for (const name of names) {
            await follow(folder, name);
        }
    }

    /** The file that is named; undefined if it is a folder, or not here. */
    async function follow(folder: string, name: string): Promise<string | undefined> {
        const target = join(folder, name);
        if (isRemote(name)) {
            remote.add(name);
            return undefined;
        }
        const path = relative(root, target);
        if (isAbsolute(name) || path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path)) {
            outside.add(name);
            return undefined;
        }
        inside.add(path.replaceAll(sep, "/"));
        const found = await stat(target).catch(() => undefined);
        if (found?.isDirectory()) {
            await visit(target);
        }
        return found?.isFile() ? target : undefined;
    }

    await visit(directory);
    return { outside: [...outside], remote: [...remote], inside: [...inside] };
}

/** https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.1/api/internal/git/repospec.go */
function isRemote(name: string): boolean {
    return (
        /^(https?|ssh|git|oci):\/\//i.test(name) ||
        /^(git::|gh:|git@|github\.com[:/]|[^/]+@[^/]+:)/i.test(name) ||
        /[?&](ref|version|timeout|submodules)=/.test(name)
    );
}

type Fields = Readonly<Record<string, unknown>>;

function documentsIn(text: string): readonly Fields[] {
    try {
        const documents = parseAllDocuments(text, { uniqueKeys: false }).map((it) => it.toJS() as unknown);
        return documents.flatMap((value) => (isFields(value) ? [lowerCased(value)] : []));
    } catch {
        // kustomize says what is wrong with it.
        return [];
    }
}

const lists = ["resources", "components", "bases", "crds", "configurations", "patchesstrategicmerge"];
const objects = ["patches", "patchesjson6902", "replacements", "configmapgenerator", "secretgenerator"];

/** The files and folders that a kustomization names. Text with line breaks is a patch, not a file's name. */
function namedIn(fields: Fields): string[] {
    const openApi = isFields(fields.openapi) ? pathsIn(lowerCased(fields.openapi)) : [];
    const inObjects = objects.flatMap((key) => itemsIn(fields, key).flatMap((it) => pathsIn(lowerCased(it))));
    return [...listsIn(fields, lists).filter((name) => !name.includes("\n")), ...inObjects, ...openApi];
}

/** The files in the fields of a patch, of a generator, or of a plugin that is one. */
function pathsIn(fields: Fields): string[] {
    // `name=file` gives a file another name in the generated object.
    const files = listsIn(fields, ["files"]).map((name) => name.slice(name.indexOf("=") + 1));
    const single = [fields.path, fields.env].filter((value) => typeof value === "string");
    return [...single, ...listsIn(fields, ["envs"]), ...files];
}

function listsIn(fields: Fields, keys: readonly string[]): string[] {
    return keys.flatMap((key) => {
        const value = fields[key];
        return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
    });
}

function itemsIn(fields: Fields, key: string): Fields[] {
    const value = fields[key];
    return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** kustomize ignores the case of a field's name. */
function lowerCased(fields: Fields): Fields {
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));
}
