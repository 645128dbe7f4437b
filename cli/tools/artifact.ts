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

/** Fetches a commit, and writes what Flux reads of it into a new folder. `ignore` is that of the source. */
export async function fetchArtifact(origin: Origin, commit: string, root: string, ignore?: string): Promise<Artifact> {
    const repository = await fetched(origin, commit, root);
    const entries = new Map((await repository.entries()).map((entry) => [entry.path, entry]));
    const unsafe = [...entries.keys()].find((path) => !isSafe(path));
    if (unsafe !== undefined) {
        throw new NotFetched(`${commit} has a file with the name ${JSON.stringify(unsafe)}`);
    }
    const texts = await textsOf(repository, [...entries.values()].filter(isRules));
    const rules = [...rulesOf(texts), ...rulesIn(ignore ?? "")];
    const leftOut = leftOutOf([...entries.values()], leavesOut(rules));
    const kept = [...entries.values()].filter(({ path }) => !leftOut.has(path));
    await write(repository, kept, root);
    const committed = async (path: string) => {
        const entry = entries.get(path);
        return entry?.kind === "file" ? (await textsOf(repository, [entry])).get(entry) : undefined;
    };
    return { root, leftOut, committed };
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

function leftOutOf(entries: readonly Entry[], isLeftOut: (path: string, isFolder: boolean) => boolean) {
    return new Map(
        entries.flatMap(({ path, kind }) => {
            const isFolder = kind === "folder" || kind === "submodule";
            const why =
                kind === "link"
                    ? "is a symbolic link"
                    : isLeftOut(path, isFolder)
                      ? "is left out by a rule of .sourceignore, or by one that Flux always has"
                      : undefined;
            return why === undefined ? [] : [[path, why] as const];
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

/** Flux fetches no submodules, and Git's working trees have an empty folder for each. */
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
