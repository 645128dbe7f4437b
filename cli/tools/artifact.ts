import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";

import { messageOf } from "../../domain/problem";
import { type Entry, OneCommit, type Origin } from "./git";
import { leavesOut, type Rule, rulesIn } from "./sourceIgnore";

/** The files that Flux reads of a commit. source-controller packs them into the source's artifact. */
export interface Artifact {
    /** The folder with these files. */
    readonly root: string;
    /** The paths that the commit has and the artifact has not, each with the reason. */
    readonly leftOut: ReadonlyMap<string, string>;
    /** The submodules whose content Flux reads, and which are empty folders here. */
    readonly submodules: readonly string[];
    /** The text of a file as it was committed, also of one that is left out; undefined if there is no such file. */
    readonly committed: (path: string) => Promise<string | undefined>;
}

/** The reason why a commit cannot be read here. It says nothing about Flux. */
export class NotFetched extends Error {}

/** Uses a new folder, and removes it. */
export async function inScratchFolder<T>(name: string, use: (directory: string) => Promise<T>): Promise<T> {
    // Kustomize prints paths without symbolic links, as in macOS's folder for temporary files.
    const directory = await realpath(await mkdtemp(join(tmpdir(), `${name}-`)));
    try {
        return await use(directory);
    } finally {
        await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    }
}

/** The settings of a source that decide what Flux reads of its repository. */
export interface Content {
    /** The name of the source. */
    readonly name: string;
    readonly ignore?: string;
    readonly sparseCheckout?: readonly string[];
    readonly recurseSubmodules?: boolean;
}

/** Fetches a commit, and writes what Flux reads of it into a new folder. */
export async function fetchArtifact(origin: Origin, commit: string, root: string, source?: Content): Promise<Artifact> {
    const repository = await fetched(origin, commit, root);
    const entries = await repository.entries();
    const unsafe = entries.find(({ path }) => !isSafe(path));
    if (unsafe) {
        throw new NotFetched(`${commit} has a file with the name ${JSON.stringify(unsafe.path)}`);
    }
    const chosen = inSparseCheckout(entries, source?.sparseCheckout);
    const rules = [...rulesOf(await textsOf(repository, chosen.filter(isRules))), ...rulesIn(source?.ignore ?? "")];
    const leftOut = leftOutOf(entries, new Set(chosen), leavesOut(rules));
    const kept = entries.filter(({ path }) => !leftOut.has(path));
    await write(repository, kept, root);
    const submodules = kept.flatMap(({ path, kind }) =>
        kind === "submodule" && source?.recurseSubmodules ? [path] : [],
    );
    const committed = async (path: string) => {
        const entry = entries.find((it) => it.path === path && it.kind === "file");
        return entry && (await textsOf(repository, [entry])).get(entry);
    };
    return { root, leftOut, submodules, committed };
}

async function fetched(origin: Origin, commit: string, root: string): Promise<OneCommit> {
    try {
        return await OneCommit.fetch(origin, commit, `${root}.git`);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            throw new NotFetched("git is not on the PATH: https://git-scm.com/downloads");
        }
        const { stderr = "" } = error as { stderr?: string };
        const words = stderr.trim() === "" ? messageOf(error) : stderr.trim();
        throw new NotFetched(`git could not fetch ${commit} from ${origin.cloneUrl}: ${words}`, { cause: error });
    }
}

function isSafe(path: string): boolean {
    const separator = process.platform === "win32" ? /[/\\:]/ : /\//;
    return path.split(separator).every((part) => !["", ".", "..", ".git"].includes(part.toLowerCase()));
}

function isRules({ path, kind }: Entry): boolean {
    return kind === "file" && posix.basename(path) === ".sourceignore";
}

/** The rules of a folder come before those of its sub-folders, because later rules are stronger. */
function rulesOf(texts: ReadonlyMap<Entry, string>): readonly Rule[] {
    const files = [...texts].map(([{ path }, text]) => ({ folder: path.split("/").slice(0, -1), text }));
    const sorted = files.toSorted((one, other) => one.folder.length - other.folder.length);
    return sorted.flatMap(({ folder, text }) => rulesIn(text, folder));
}

/**
 * The entries in the folders of `sparseCheckout`. Flux compares the beginnings of paths, not their parts.
 * https://github.com/go-git/go-git/blob/v5.19.1/plumbing/format/index/index.go
 */
function inSparseCheckout(entries: readonly Entry[], folders: readonly string[] | undefined): readonly Entry[] {
    if (!folders) {
        return entries;
    }
    const starts = folders.map((folder) => folder.replace(/^\.\//, ""));
    const isInside = ({ path, kind }: Entry) => kind !== "folder" && starts.some((it) => path.startsWith(it));
    const parents = new Set(entries.filter(isInside).flatMap(({ path }) => parentsOf(path)));
    return entries.filter((entry) => isInside(entry) || (entry.kind === "folder" && parents.has(entry.path)));
}

function parentsOf(path: string): string[] {
    const parts = path.split("/");
    return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

function leftOutOf(
    entries: readonly Entry[],
    chosen: ReadonlySet<Entry>,
    isLeftOut: (path: string, isFolder: boolean) => boolean,
): ReadonlyMap<string, string> {
    const whyNot = (entry: Entry): string | undefined => {
        if (!chosen.has(entry)) {
            return "is in no folder of sparseCheckout";
        }
        if (entry.kind === "link") {
            return "is a symbolic link";
        }
        return isLeftOut(entry.path, entry.kind !== "file")
            ? "is left out by a rule of .sourceignore or of the source, or by one that Flux always has"
            : undefined;
    };
    return new Map(
        entries.flatMap((entry) => {
            const why = whyNot(entry);
            return why === undefined ? [] : [[entry.path, why] as const];
        }),
    );
}

async function textsOf(repository: OneCommit, entries: readonly Entry[]): Promise<ReadonlyMap<Entry, string>> {
    const texts = new Map<Entry, string>();
    await repository.read(
        entries.map(({ object }) => object),
        (at, content) => {
            const entry = entries[at];
            if (entry) {
                texts.set(entry, content.toString("utf8"));
            }
        },
    );
    return texts;
}

/** A submodule is an empty folder, as in a working tree of Git. */
async function write(repository: OneCommit, entries: readonly Entry[], root: string): Promise<void> {
    await mkdir(root, { recursive: true });
    const files = entries.filter(({ kind }) => kind === "file");
    const folders = entries.filter(({ kind }) => kind !== "file").map(({ path }) => path);
    for (const folder of new Set([...folders, ...files.map(({ path }) => posix.dirname(path))])) {
        await mkdir(join(root, folder), { recursive: true });
    }
    await repository.read(
        files.map(({ object }) => object),
        (at, content) => {
            writeFileSync(join(root, files[at]?.path ?? ""), content);
        },
    );
}
