import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../paths.ts";
import { moduleDirectory, requiredVersion, requireGo } from "./go.ts";
import type { Log } from "./progress.ts";
import { toolchain } from "./toolchain.ts";

const built = (name: string) => ({
    module: `github.com/fluxcd/${name}`,
    version: requiredVersion(`github.com/fluxcd/${name}`),
});

/** What stands in for the files of each controller's release. The last one is in the manifest but not built. */
const controllers: Record<string, { module: string; version: string }> = {
    "source-controller": built("source-controller"),
    "kustomize-controller": built("kustomize-controller"),
    "helm-controller": built("helm-controller"),
    "notification-controller": built("notification-controller"),
    "image-reflector-controller": built("image-reflector-controller"),
    "image-automation-controller": built("image-automation-controller"),
    "source-watcher": { module: "github.com/fluxcd/source-watcher/v2", version: "v2.2.2" },
};

export interface Controller {
    readonly name: string;
    readonly module: string;
    readonly version: string;
}

export function controllersOf(versions: Record<string, string> = {}): Controller[] {
    return Object.entries(controllers).map(([name, { module, version }]) => ({
        name,
        module,
        version: versions[name] ?? version,
    }));
}

export interface ManifestOptions {
    /** Versions of single controllers other than those that the lab builds: `{ "helm-controller": "v1.6.3" }`. */
    versions?: Record<string, string>;
    log?: Log;
}

/**
 * The install.yaml of a Flux release, put together as its release workflow does (`kustomize build manifests/install`),
 * with the controllers' own modules in place of the files of their releases.
 */
export async function fluxManifest(version: string, { versions = {}, log }: ManifestOptions = {}): Promise<string> {
    const chosen = controllersOf(versions);
    const unknown = Object.keys(versions).filter((name) => controllers[name] === undefined);
    if (unknown.length > 0) throw new Error(`No Flux controller is called ${unknown.join(" or ")}.`);
    const key = createHash("sha256")
        .update(readFileSync(import.meta.filename))
        .update(JSON.stringify([version, chosen]));
    const directory = join(cacheDirectory, "manifests");
    const manifest = join(directory, `flux-${version}-${key.digest("hex").slice(0, 16)}.yaml`);
    if (existsSync(manifest)) return manifest;

    log?.(`putting Flux's install.yaml ${version} together`);
    await requireGo();
    await mkdir(directory, { recursive: true });
    const work = await mkdtemp(join(directory, ".build-"));
    try {
        await fluxBases(version, chosen, work);
        const finished = join(work, "install.yaml");
        await kustomize(join(work, "install"), finished, log);
        await rename(finished, manifest);
    } finally {
        await rm(work, { recursive: true });
    }
    return manifest;
}

/** The `manifests/` of a Flux release, with the controllers that the lab builds in place of the files of their releases. */
export async function fluxBases(version: string, chosen: readonly Controller[], work: string): Promise<void> {
    const flux = await moduleDirectory("github.com/fluxcd/flux2/v2", version);
    await copy(join(flux, "manifests"), work);
    await Promise.all(
        chosen.map(async ({ name, module, version }) => {
            const config = join(await moduleDirectory(module, version), "config");
            const base = join(work, "bases", name);
            await copy(join(config, "crd"), join(base, "crd"));
            await copy(join(config, "manager"), join(base, "manager"));
            await withoutReleaseUrls(join(base, "kustomization.yaml"));
        }),
    );
}

export async function kustomize(directory: string, file: string, log: Log | undefined): Promise<void> {
    const { kubectl } = await toolchain(["kubectl"], log === undefined ? {} : { log });
    const { stdout } = await execa(kubectl, ["kustomize", directory]);
    await writeFile(file, `${stdout}\n`);
}

/** The module cache is read-only, its modes included, hence no fs.cp. */
async function copy(from: string, to: string): Promise<void> {
    for await (const path of glob("**/*.yaml", { cwd: from })) {
        const target = join(to, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, await readFile(join(from, path)));
    }
}

async function withoutReleaseUrls(kustomization: string): Promise<void> {
    const text = await readFile(kustomization, "utf8");
    const local = text
        .replace(/https:\S+\/releases\/download\/\S+\.crds\.yaml/, "crd")
        .replace(/https:\S+\/releases\/download\/\S+\.deployment\.yaml/, "manager");
    await writeFile(kustomization, local);
}
