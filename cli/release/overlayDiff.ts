import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Content, fetchArtifact, inScratchFolder, NotFetched } from "../tools/artifact";
import { type Origin, plainDiff } from "../tools/git";
import { type Failure, findKustomize, type Folder, type Kustomize, missingKustomize, render } from "../tools/render";
import { lostBetween } from "./manifestObjects";
import { type RemovedLate, removedLate } from "./operators";

/** One side of a comparison. */
export interface Revision {
    /** The tag or branch, for messages. */
    readonly ref: string;
    readonly commit: string;
}

/** A folder, and its place among the Kustomizations. */
export interface AppliedFolder extends Folder {
    /** The name of its Kustomization. */
    readonly name: string;
    /** The names of the Kustomizations that Flux applies before it. */
    readonly needs: readonly string[];
}

export interface Overlay extends Origin {
    /** The folders that Flux applies, such as `apps/overlays/staging`. */
    readonly folders: readonly AppliedFolder[];
    readonly source?: Content;
    /** The running revision; undefined before the first release. */
    readonly from: Revision | undefined;
    readonly to: Revision;
}

/** A unified diff of the rendered manifests, empty if nothing changes. Otherwise the reason there is none. */
export type OverlayDiff = (
    { readonly diff: string; readonly note?: string | undefined } | { readonly skipped: string }
) & {
    /** Whether the new revision does not build, and not only on this machine. */
    readonly isBroken?: boolean;
    /** The objects that the new revision removes after their operator; undefined if there are none. */
    readonly removedLate?: RemovedLate | undefined;
};

/** Renders and compares both revisions of an overlay. */
export async function overlayDiff(overlay: Overlay): Promise<OverlayDiff> {
    if (overlay.from?.commit === overlay.to.commit) {
        return { diff: "" };
    }
    const kustomize = findKustomize();
    if (!kustomize) {
        return { skipped: missingKustomize };
    }
    try {
        return await inScratchFolder("promote", (directory) => compare(overlay, kustomize, directory));
    } catch (error) {
        if (error instanceof NotFetched) {
            return { skipped: error.message };
        }
        throw error;
    }
}

/** The objects that only the old revision of an overlay has; undefined if they cannot be determined here. */
export async function lostObjects(overlay: Overlay): Promise<readonly string[] | undefined> {
    const kustomize = findKustomize();
    if (!kustomize) {
        return undefined;
    }
    try {
        const built = await inScratchFolder("rollback", (directory) => buildBoth(overlay, kustomize, directory));
        const [before, after] = [built.map((it) => it.before), built.map((it) => it.after)];
        return before.every(isText) && after.every(isText)
            ? lostBetween(joined(before), joined(after)).map(({ words }) => words)
            : undefined;
    } catch (error) {
        if (error instanceof NotFetched) {
            return undefined;
        }
        throw error;
    }
}

interface Built {
    readonly folder: AppliedFolder;
    readonly before: string | Failure;
    readonly after: string | Failure;
}

/** Both revisions of each folder. */
async function buildBoth(overlay: Overlay, kustomize: Kustomize, directory: string): Promise<Built[]> {
    const { from, to, folders, source } = overlay;
    const build = async (revision: Revision) => {
        const artifact = await fetchArtifact(overlay, revision.commit, join(directory, revision.commit), source);
        return Promise.all(folders.map((folder) => render(kustomize, artifact, folder)));
    };
    const [before, after] = await Promise.all([from ? build(from) : [], build(to)]);
    return folders.map((folder, at) => ({ folder, before: before[at] ?? "", after: after[at] ?? "" }));
}

async function compare(overlay: Overlay, kustomize: Kustomize, directory: string): Promise<OverlayDiff> {
    const { from, to } = overlay;
    const built = await buildBoth(overlay, kustomize, directory);
    const unbuilt = built.flatMap(({ folder, after }) => (isText(after) ? [] : [{ path: folder.path, ...after }]));
    const isBroken = unbuilt.some(({ isOnlyHere }) => !isOnlyHere);
    const words = unbuilt.map(({ path, failure }) => `${notBuilt(path, to)}\n\n${failure}`);
    const rest = built.flatMap(({ after, ...it }) => (isText(after) ? [{ ...it, after }] : []));
    if (rest.length === 0 && unbuilt.length > 0) {
        return { skipped: words.join("\n\n"), isBroken };
    }
    const notShown = words.map((each) => `Changes are not shown: ${each}`);
    if (!from) {
        const notes = rest.map(({ folder, after }) => `${folder.path}: ${countOf(after)} objects, all of them new.`);
        return { diff: "", note: [...notShown, ...notes].join("\n"), isBroken };
    }
    // The running revision may be broken, which is why rollbacks and hotfixes exist.
    const broken = rest.flatMap(({ folder, before }) =>
        isText(before) ? [] : [`${notBuilt(folder.path, from)} The diff shows all of ${to.ref}. ${before.failure}`],
    );
    const old = { name: label(from), manifests: joined(rest.map(({ before }) => before).filter(isText)) };
    const latest = { name: label(to), manifests: joined(rest.map(({ after }) => after)) };
    const notes = [...notShown, ...broken];
    const note = notes.length > 0 ? notes.join("\n\n") : undefined;
    const late = removedLate(
        rest.flatMap(({ folder, before, after }) => (isText(before) ? { ...folder, before, after } : [])),
    );
    return { diff: await diff(directory, old, latest), note, isBroken, removedLate: late };
}

function isText(built: string | Failure): built is string {
    return typeof built === "string";
}

function joined(manifests: readonly string[]): string {
    return manifests.filter((it) => it !== "").join("---\n");
}

function countOf(manifests: string): number {
    return manifests.trim() === "" ? 0 : manifests.split(/^---$/m).length;
}

function notBuilt(path: string, { ref, commit }: Revision): string {
    return `${path} does not build here at ${ref} (${commit.slice(0, 7)}).`;
}

function label({ ref, commit }: Revision): string {
    return `${ref.replaceAll("/", "-")}@${commit.slice(0, 7)}`;
}

interface Side {
    readonly name: string;
    readonly manifests: string;
}

async function diff(directory: string, before: Side, after: Side): Promise<string> {
    const [left, right] = [join("before", `${before.name}.yaml`), join("after", `${after.name}.yaml`)];
    await Promise.all([mkdir(join(directory, "before")), mkdir(join(directory, "after"))]);
    await Promise.all([
        writeFile(join(directory, left), before.manifests),
        writeFile(join(directory, right), after.manifests),
    ]);
    return plainDiff(directory, left, right);
}
