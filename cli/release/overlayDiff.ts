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
    /** The tag or branch, for messages. */
    readonly ref: string;
    readonly commit: string;
}

export interface Overlay extends Origin {
    /** The folders that Flux applies, such as `apps/overlays/staging`. */
    readonly paths: readonly string[];
    /** The running revision; undefined before the first release. */
    readonly from: Revision | undefined;
    readonly to: Revision;
}

/** A unified diff of the rendered manifests, empty if nothing changes. Otherwise the reason there is none. */
export type OverlayDiff = { readonly diff: string; readonly note?: string | undefined } | { readonly skipped: string };

/**
 * Renders and compares both revisions of an overlay. Fails with the revision in the message if the new one cannot be
 * built.
 */
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

/** The objects that only the old revision of an overlay has; undefined if they cannot be determined here. */
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

/** The objects that only the first manifests have, each as `<kind> <namespace>/<name>`. */
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
        // Another version of the API is the same object.
        return [{ id: `${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""} ${words}`, words }];
    });
}

async function buildBoth(overlay: Overlay, kustomize: Kustomize, directory: string) {
    const { from, to, paths } = overlay;
    const build = async (revision: Revision) => {
        const tree = join(directory, revision.commit);
        await fetchTree(overlay, revision.commit, tree);
        const built = await Promise.all(paths.map((path) => render(kustomize, join(tree, path))));
        const failed = built.find((it) => typeof it !== "string");
        return failed ?? built.filter((it) => typeof it === "string").join("---\n");
    };
    return Promise.all([from ? build(from) : "", build(to)]);
}

async function compare(overlay: Overlay, kustomize: Kustomize, directory: string): Promise<OverlayDiff> {
    const { from, to } = overlay;
    const path = overlay.paths.join(" or ");
    const [before, after] = await buildBoth(overlay, kustomize, directory);
    if (typeof after !== "string") {
        throw new CommandError(
            exitCodes.failed,
            `${path} cannot be built at ${to.ref} (${to.commit}), so Flux could not apply it:\n\n${after.failure}`,
        );
    }
    // The running revision may be broken, which is why rollbacks and hotfixes exist.
    const broken = typeof before === "string" ? undefined : before.failure;
    const note =
        broken && `${path} cannot be built at ${from?.ref ?? "nothing"}, so the diff shows all of ${to.ref}: ${broken}`;
    if (!from) {
        const count = after.split(/^---$/m).length;
        return { diff: "", note: `${path}: ${count} objects, all of them new.` };
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
        // As in diff(1), exit code 1 means that there are differences.
        if (code !== 1) {
            throw error;
        }
        // Removes the lines that Git adds to the output of diff(1).
        return stdout.replace(/^(diff|index|new file|deleted file) .*\n/gm, "");
    }
}
