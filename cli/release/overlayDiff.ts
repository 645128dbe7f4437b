import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { parseAllDocuments } from "yaml";
import { z } from "zod";

import { CommandError, exitCodes } from "../terminal/exit";
import { fetchTree, findKustomize, type Kustomize, missingKustomize, type Origin, render } from "../tools/render";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** One side of a comparison. */
export interface Revision {
    /** The tag or branch, for people. */
    readonly ref: string;
    readonly commit: string;
}

export interface Overlay extends Origin {
    /** The folder that Flux applies, such as `apps/overlays/staging`. */
    readonly path: string;
    /** What runs; undefined before the first release. */
    readonly from: Revision | undefined;
    readonly to: Revision;
}

/** A unified diff of what the cluster is given, which is empty where nothing changes; or why there is none. */
export type OverlayDiff = { readonly diff: string; readonly note?: string | undefined } | { readonly skipped: string };

/** Renders both revisions of an overlay and compares them. Fails, naming the revision, when the new one cannot be built. */
export async function overlayDiff(overlay: Overlay): Promise<OverlayDiff> {
    if (overlay.from?.commit === overlay.to.commit) {
        return { diff: "" };
    }
    const kustomize = await findKustomize();
    if (!kustomize) {
        return { skipped: missingKustomize };
    }
    const directory = await mkdtemp(join(tmpdir(), "promote-"));
    try {
        return await compare(overlay, kustomize, directory);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return { skipped: "git is not on the PATH: https://git-scm.com/downloads" };
        }
        throw error;
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

/** The objects of an overlay that are not in the other revision of it; undefined where that cannot be known here. */
export async function lostObjects(overlay: Overlay): Promise<readonly string[] | undefined> {
    const kustomize = await findKustomize();
    if (!kustomize) {
        return undefined;
    }
    const directory = await mkdtemp(join(tmpdir(), "rollback-"));
    try {
        const [before, after] = await buildBoth(overlay, kustomize, directory);
        return typeof before === "string" && typeof after === "string" ? lostBetween(before, after) : undefined;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

/** The objects in these manifests that are not in the others, each as `<kind> <namespace>/<name>`. */
export function lostBetween(before: string, after: string): readonly string[] {
    const kept = new Set(objectsIn(after).map(({ id }) => id));
    return objectsIn(before).flatMap(({ id, words }) => (kept.has(id) ? [] : [words]));
}

const objectSchema = z.object({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});

function objectsIn(manifests: string): { id: string; words: string }[] {
    return parseAllDocuments(manifests).flatMap((document) => {
        const { data } = objectSchema.safeParse(document.toJS());
        if (!data) {
            return [];
        }
        const { apiVersion, kind, metadata } = data;
        const words = `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
        // Another version of an API is the same object.
        return [{ id: `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""} ${words}`, words }];
    });
}

async function buildBoth(overlay: Overlay, kustomize: Kustomize, directory: string) {
    const { from, to, path } = overlay;
    const build = async (revision: Revision) => {
        const tree = join(directory, revision.commit);
        await fetchTree(overlay, revision.commit, tree);
        return render(kustomize, join(tree, path));
    };
    return Promise.all([from ? build(from) : "", build(to)]);
}

async function compare(overlay: Overlay, kustomize: Kustomize, directory: string): Promise<OverlayDiff> {
    const { from, to, path } = overlay;
    const [before, after] = await buildBoth(overlay, kustomize, directory);
    if (typeof after !== "string") {
        throw new CommandError(
            exitCodes.failed,
            `${path} cannot be built at ${to.ref} (${to.commit}), so Flux could not apply it:\n\n${after.failure}`,
        );
    }
    // What runs may be broken: that is what rollbacks and hotfixes are for.
    const broken = typeof before === "string" ? undefined : before.failure;
    const note =
        broken && `${path} cannot be built at ${from?.ref ?? "nothing"}, so this is the whole of ${to.ref}: ${broken}`;
    if (!from) {
        const count = after.split(/^---$/m).length;
        return { diff: "", note: `${path}: ${count} objects, and all of them are new.` };
    }
    const old = { name: label(from), manifests: typeof before === "string" ? before : "" };
    return { diff: await diff(directory, old, { name: label(to), manifests: after }), note };
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
    try {
        const args = ["--no-pager", "diff", "--no-index", "--no-ext-diff", "--no-color", "--no-prefix", left, right];
        return (await run("git", args, { cwd: directory, maxBuffer })).stdout;
    } catch (error) {
        const { code, stdout = "" } = error as { code?: number | string; stdout?: string };
        // As diff(1): 1 says that there are differences.
        if (code !== 1) {
            throw error;
        }
        // The lines that Git puts before the ones of diff(1) say nothing here.
        return stdout.replace(/^(diff|index|new file|deleted file) .*\n/gm, "");
    }
}
