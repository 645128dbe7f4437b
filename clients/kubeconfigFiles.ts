import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { LineCounter, parseAllDocuments } from "yaml";
import { z } from "zod";

/** The kubeconfig, or a credential that it names, cannot be used. Nothing was asked of a cluster. */
export class KubeconfigError extends Error {}

/** An entry of one of the files: its text is parsed only if a context needs it. */
export interface Entry {
    readonly file: string;
    readonly value: unknown;
}

type Entries = ReadonlyMap<string, Entry>;

export interface Kubeconfig {
    readonly clusters: Entries;
    readonly users: Entries;
    readonly contexts: Entries;
}

/** The value of an entry. Fails with the field, and without its value, which may be a secret. */
export function parsed<T extends z.ZodType>(schema: T, { file, value }: Entry, what: string): z.output<T> {
    const result = schema.safeParse(value ?? {});
    if (!result.success) {
        const [issue] = result.error.issues;
        throw new KubeconfigError(`${what} in ${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
    }
    return result.data;
}

/** The entries of all files of the kubeconfig. The first file that has a name wins. */
export function kubeconfigFiles(): Kubeconfig {
    const merged = { clusters: new Map<string, Entry>(), users: new Map(), contexts: new Map() };
    for (const file of new Set(files())) {
        const list = listsIn(file);
        for (const kind of ["clusters", "users", "contexts"] as const) {
            for (const [name, entry] of list?.[kind] ?? []) {
                if (!merged[kind].has(name)) {
                    merged[kind].set(name, entry);
                }
            }
        }
    }
    return merged;
}

function files(): string[] {
    const { KUBECONFIG: named = "", HOME: home = homedir() } = process.env;
    return named === "" ? [join(home, ".kube", "config")] : named.split(delimiter).filter((file) => file !== "");
}

const listSchema = z
    .array(z.looseObject({ name: z.string() }))
    .nullish()
    .transform((value) => value ?? []);
const fileSchema = z.object({ clusters: listSchema, users: listSchema, contexts: listSchema });

/** The files as they were last read: each request asks for its context, and a file may have hundreds of them. */
const read = new Map<string, { readonly content: string; readonly lists: Kubeconfig }>();

/** The entries of a file by name; undefined if the file does not exist. */
function listsIn(file: string): Kubeconfig | undefined {
    let content: string;
    try {
        content = readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw new KubeconfigError((error as Error).message);
    }
    const before = read.get(file);
    if (before?.content === content) {
        return before.lists;
    }
    const { clusters, users, contexts } = parsed(fileSchema, { file, value: yamlIn(content, file) }, "the kubeconfig");
    const lists = {
        clusters: byName(clusters, "cluster", file),
        users: byName(users, "user", file),
        contexts: byName(contexts, "context", file),
    };
    read.set(file, { content, lists });
    return lists;
}

/** Reads YAML as client-go does: version 1.1, dates are texts, and only the first document counts. */
function yamlIn(content: string, file: string): unknown {
    const lines = new LineCounter();
    const [document] = parseAllDocuments(content, {
        version: "1.1",
        customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !tag.tag.endsWith(":timestamp")),
        uniqueKeys: false,
        // A pretty error quotes the line, which may have a token.
        prettyErrors: false,
        lineCounter: lines,
    });
    const [error] = document?.errors ?? [];
    if (error) {
        throw new KubeconfigError(
            `${file} is not valid YAML: ${error.code} in line ${lines.linePos(error.pos[0]).line}`,
        );
    }
    return document?.toJS();
}

function byName(list: readonly { name: string }[], field: string, file: string): Entries {
    const entries = new Map<string, Entry>();
    for (const item of list) {
        if (entries.has(item.name)) {
            throw new KubeconfigError(`${file} has two entries for ${field} ${item.name}`);
        }
        entries.set(item.name, { file, value: (item as Readonly<Record<string, unknown>>)[field] });
    }
    return entries;
}
